-- Leaves a key alone for ARGV[1] ms, unless it is left alone for longer already.
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[1]) then
  redis.call('SET', KEYS[1], 1, 'PX', ARGV[1])
end
return 0
