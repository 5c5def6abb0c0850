-- For each topic the URL and the ETag. `next_attempt` gets the number of failures. Read as a time, it is in 1970:
-- the subscription is due, and fewer failures come first.
local p = KEYS[1]
for i = 1, #ARGV, 2 do
    redis.call('HSET', p .. 'topics', ARGV[i], ARGV[i + 1])
    for _, key in ipairs(redis.call('SMEMBERS', p .. 'topic:' .. ARGV[i])) do
        redis.call('ZADD', p .. 'next_attempt', redis.call('ZSCORE', p .. 'failures', key) or 0, key)
    end
end
