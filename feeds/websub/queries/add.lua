-- The key, the record, the end of the lease, the URL of the topic, the host and the ETag.
local p, key, topic_url = KEYS[1], ARGV[1], ARGV[4]
redis.call('HSET', p .. 'subscription', key, ARGV[2])
redis.call('ZADD', p .. 'lease_end', ARGV[3], key)
redis.call('SADD', p .. 'topic:' .. topic_url, key)
redis.call('SADD', p .. 'host:' .. ARGV[5], key)
if redis.call('HSETNX', p .. 'etag', key, ARGV[6]) == 1 and redis.call('HGET', p .. 'topics', topic_url) ~= ARGV[6] then
    redis.call('ZADD', p .. 'next_attempt', 0, key)
end
