-- For each delivery the key, the record, the attempted ETag, the next attempt and the number of failures.
local p = KEYS[1]
for i = 1, #ARGV, 5 do
    local key, etag, next_attempt, failures = ARGV[i], ARGV[i + 2], ARGV[i + 3], ARGV[i + 4]
    local record = redis.call('HGET', p .. 'subscription', key)
    if record then
        local current = redis.call('HGET', p .. 'topics', cjson.decode(record).topic_url)
        redis.call('HSET', p .. 'delivery', key, ARGV[i + 1])
        if current and current ~= etag then next_attempt = failures
        elseif next_attempt == '0' then next_attempt = nil end
        if next_attempt then redis.call('ZADD', p .. 'next_attempt', next_attempt, key)
        else redis.call('ZREM', p .. 'next_attempt', key) end
        if failures == '0' then redis.call('ZREM', p .. 'failures', key)
        else redis.call('ZADD', p .. 'failures', failures, key) end
    end
end
