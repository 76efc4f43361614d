-- What is spent in a period: internal/spending in Redis. KEYS: a hash {p: the period, s: what is spent in it}. ARGV: what to do,
-- the time in microseconds (tests only; else the server's), the period in microseconds, the limit, the amount.

local op, per, limit, amount = ARGV[1], tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local MAX = 9007199254740992

local now
if ARGV[2] == '' then
  local time = redis.call('TIME')
  now = tonumber(time[1]) * 1000000 + tonumber(time[2])
else
  now = tonumber(ARGV[2])
end
local period = 0
if per > 0 then
  period = math.floor(now / per)
end

local state = redis.call('HMGET', KEYS[1], 'p', 's')
local last, spent = tonumber(state[1] or '0'), tonumber(state[2] or '0')
if period ~= last and period ~= last - 1 then -- a clock that was set back a little does not open the last period again
  last, spent = period, 0
end

local ok = 1
if op == 'settle' then
  spent = math.min(math.max(spent + amount, 0), MAX)
elseif amount > math.min(limit, MAX) - spent then
  ok = 0
else
  spent = spent + amount
end
redis.call('HSET', KEYS[1], 'p', string.format('%.0f', last), 's', string.format('%.0f', spent))
if per > 0 then
  redis.call('PEXPIRE', KEYS[1], string.format('%.0f', math.ceil(per / 500) + 1000)) -- two periods and a second
end
return {ok, spent}
