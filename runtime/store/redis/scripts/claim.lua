-- What becomes of a claim. KEYS: a hash {s: pending, done or unknown; t: the holder's token; l: until when the holder is taken
-- to be alive, in milliseconds of the server's clock; r: the result}. ARGV: what to do, the token, a time in ms, the result.

local key, op, token, time = KEYS[1], ARGV[1], ARGV[2], tonumber(ARGV[3])
local state = redis.call('HMGET', key, 's', 't', 'l', 'r')
local s, mine, lease = state[1], not state[1] or state[2] == token, tonumber(state[3] or '0')
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)

local function hold(as)
  redis.call('HSET', key, 's', as, 't', token, 'l', now + time)
  redis.call('PERSIST', key)
end

if op == 'begin' then -- with a lease of time; a begin whose answer was lost is repeated with its token
  if mine and s ~= 'done' then
    hold('pending')
    return {'mine'}
  elseif s == 'done' then
    if #state[4] > 65536 then
      return {'large', tostring(#state[4])} -- the caller takes its time to fetch it
    end
    return {s, state[4]}
  elseif s == 'pending' and lease < now then
    redis.call('HSET', key, 's', 'unknown')
    return {'unknown'}
  end
  return {s}
end

if op == 'renew' then
  if mine and s == 'pending' then
    hold(s)
    return {'ok'}
  end
  return {s or 'absent'}
end

-- finish, release, lose: by the holder, and again if the answer was lost. What is done stays done.
if not mine or op ~= 'finish' and s == 'done' then
  return {s}
end
redis.call('DEL', key)
if op == 'finish' then -- kept for time, 0: for ever
  redis.call('HSET', key, 's', 'done', 't', token, 'r', ARGV[4])
  if time > 0 then
    redis.call('PEXPIRE', key, time)
  end
elseif op == 'lose' then
  redis.call('HSET', key, 's', 'unknown', 't', token)
end
return {'ok'}
