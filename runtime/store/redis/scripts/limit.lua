-- resilience.Windows in Redis: the same integers, so that both give the same verdicts; the algorithm is described there.
-- KEYS: the state {last, debt, a sum for each log}, then the logs, lists of "start end amount", oldest first.
-- ARGV: what to do, the time (tests only; else the server's), two amounts, how long to keep idle keys (ms), the longest Per,
-- Burst, the bucket's price of a take and refill, how many of the logs are of takes, then N and Per of each log. Times are
-- microseconds. A take answers {OK, wait, never, left, at}.

local op, a, b = ARGV[1], tonumber(ARGV[3]), tonumber(ARGV[4])
local keep, longest = ARGV[5], tonumber(ARGV[6])
local burst, price, refill, takes = tonumber(ARGV[7]), tonumber(ARGV[8]), tonumber(ARGV[9]), tonumber(ARGV[10])
local CHUNK = 16

-- Lua writes numbers with 14 digits unless told otherwise.
local function text(number)
  return string.format('%.0f', number)
end

local function entry(packed)
  local from, to, amount = string.match(packed, '(%d+) (%d+) (%d+)')
  return tonumber(from), tonumber(to), tonumber(amount)
end

local function pack(from, to, amount)
  return text(from) .. ' ' .. text(to) .. ' ' .. text(amount)
end

local function ceil(x, y)
  local quotient = math.floor(x / y)
  if quotient * y < x then
    quotient = quotient + 1
  end
  return quotient
end

-- The logs and the state.
local fields = {'last', 'debt'}
local logs = {}
for i = 2, #KEYS do
  fields[#fields + 1] = 's' .. (i - 1)
  logs[i - 1] = {key = KEYS[i], n = tonumber(ARGV[9 + 2 * (i - 1)]), per = tonumber(ARGV[10 + 2 * (i - 1)]), amount = b}
  if i - 1 <= takes then
    logs[i - 1].amount = a
  end
end
local state = redis.call('HMGET', KEYS[1], unpack(fields))
local last, debt = tonumber(state[1] or nil), tonumber(state[2] or '0')
for i, log in ipairs(logs) do
  log.sum = tonumber(state[i + 2] or '0')
end

local function save()
  local pairs = {'last', text(last), 'debt', text(debt)}
  for i, log in ipairs(logs) do
    pairs[#pairs + 1] = 's' .. i
    pairs[#pairs + 1] = text(log.sum)
  end
  redis.call('HSET', KEYS[1], unpack(pairs))
end

-- forward calls see(start, end, amount) for the entries of a log from the index on, oldest first, until it returns true.
local function forward(log, from, see)
  while true do
    local some = redis.call('LRANGE', log.key, from, from + CHUNK - 1)
    for _, packed in ipairs(some) do
      if see(entry(packed)) then
        return
      end
    end
    if #some < CHUNK then
      return
    end
    from = from + CHUNK
  end
end

-- backward calls see(index, start, end, amount), newest first, until it returns true.
local function backward(log, see)
  local to = redis.call('LLEN', log.key) - 1
  while to >= 0 do
    local from = math.max(to - CHUNK + 1, 0)
    local some = redis.call('LRANGE', log.key, from, to)
    for i = #some, 1, -1 do
      if see(from + i - 1, entry(some[i])) then
        return
      end
    end
    to = from - 1
  end
end

-- look finds out which entries of a log count: live is the index of the first, counts their sum.
local function look(log, at, anew)
  if anew then
    log.live, log.counts = redis.call('LLEN', log.key), 0
    return
  end
  log.live, log.counts = 0, log.sum
  forward(log, 0, function(_, to, amount)
    if to > at - log.per then
      return true
    end
    log.live = log.live + 1
    log.counts = log.counts - amount
  end)
end

local function owed(at, anew)
  if anew or debt == 0 or at >= last + ceil(debt, refill) then
    return 0
  end
  return debt - (at - last) * refill
end

local function left(owing)
  local most = 9007199254740992
  if price > 0 then
    most = math.floor((burst * price - owing) / price)
  end
  for _, log in ipairs(logs) do
    most = math.min(most, log.n - log.counts)
  end
  return math.max(most, 0)
end

local function fits()
  if price > 0 and a > burst then
    return false
  end
  for _, log in ipairs(logs) do
    if log.amount > log.n then
      return false
    end
  end
  return true
end

local function wait(at, owing)
  local longest = 0
  local missing = a * price - (burst * price - owing)
  if missing > 0 then
    longest = ceil(missing, refill)
  end
  for _, log in ipairs(logs) do
    local over = log.counts + log.amount - log.n
    if over > 0 then
      forward(log, log.live, function(_, to, amount)
        over = over - amount
        if over <= 0 then
          longest = math.max(longest, to + log.per - at)
          return true
        end
      end)
    end
  end
  return longest
end

local function add(log, at)
  if log.live > 0 then
    redis.call('LTRIM', log.key, log.live, -1)
  end
  log.sum = log.counts
  if log.amount == 0 then
    return
  end
  log.sum = log.sum + log.amount
  log.counts = log.sum
  local newest = redis.call('LINDEX', log.key, -1)
  if newest then
    local from, _, amount = entry(newest)
    if at - from <= math.floor(log.per / 1024) then
      redis.call('LSET', log.key, -1, pack(from, at, amount + log.amount))
      return
    end
  end
  redis.call('RPUSH', log.key, pack(at, at, log.amount))
end

if op == 'return' then -- of a take at the time ARGV[2]
  local taken = tonumber(ARGV[2])
  if not last then
    return 0
  end
  if taken == last then
    debt = debt - math.min(debt, math.min(a, burst) * price)
  end
  for _, log in ipairs(logs) do
    backward(log, function(i, from, to, amount)
      if to < taken then
        return true
      end
      if from <= taken then
        local change = math.min(log.amount, amount)
        redis.call('LSET', log.key, i, pack(from, to, amount - change))
        log.sum = log.sum - change
        return true
      end
    end)
  end
  save()
  return 0
end

-- The time, not before the last take; far before it, it is another clock's.
local at
if ARGV[2] == '' then
  local time = redis.call('TIME')
  at = tonumber(time[1]) * 1000000 + tonumber(time[2])
else
  at = tonumber(ARGV[2])
end
local lag, anew = 0, false
if last and at < last then
  lag = last - at
  if lag > longest then
    lag, anew = 0, true
  else
    at = last
  end
end

if op == 'correct' then -- the weights of the newest takes by a
  if not last or anew then
    return 0
  end
  for i, log in ipairs(logs) do
    if i > takes then
      look(log, at, false)
      local delta = a
      backward(log, function(index, from, to, amount)
        if index < log.live or delta == 0 then
          return true
        end
        local change = math.min(math.max(delta, -amount), 4503599627370496 - log.sum)
        redis.call('LSET', log.key, index, pack(from, to, amount + change))
        log.sum = log.sum + change
        if delta > 0 then
          return true
        end
        delta = delta - change
      end)
    end
  end
  save()
  return 0
end

for _, log in ipairs(logs) do
  look(log, at, anew)
end
local owing = owed(at, anew)
if not fits() then
  return {0, 0, 1, left(owing), 0}
end
local time = wait(at, owing)
if time > 0 then
  return {0, time + lag, 0, left(owing), 0}
end
if a == 0 and b == 0 then
  return {1, 0, 0, left(owing), at}
end
last, debt = at, owing + a * price
for _, log in ipairs(logs) do
  add(log, at)
end
save()
for _, key in ipairs(KEYS) do
  redis.call('PEXPIRE', key, keep)
end
return {1, 0, 0, left(debt), at}
