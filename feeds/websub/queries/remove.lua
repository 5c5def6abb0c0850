-- The key, and the end of the lease or nothing.
local p, key = KEYS[1], ARGV[1]
local record = redis.call('HGET', p .. 'subscription', key)
if not record then return 0 end
if ARGV[2] ~= '' and tonumber(redis.call('ZSCORE', p .. 'lease_end', key)) ~= tonumber(ARGV[2]) then return 0 end
local fields = cjson.decode(record)
for _, name in ipairs({'subscription', 'delivery', 'etag'}) do redis.call('HDEL', p .. name, key) end
for _, name in ipairs({'lease_end', 'next_attempt', 'failures'}) do redis.call('ZREM', p .. name, key) end
redis.call('SREM', p .. 'topic:' .. fields.topic_url, key)
redis.call('SREM', p .. 'host:' .. fields.host, key)
return 1
