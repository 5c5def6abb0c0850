-- For each record the key and the ETag that was read.
local p = KEYS[1]
for i = 1, #ARGV, 2 do
    local delivery = redis.call('HGET', p .. 'delivery', ARGV[i])
    local etag = delivery and cjson.decode(delivery).etag or ''
    if etag == '' then etag = redis.call('HGET', p .. 'etag', ARGV[i]) end
    if etag == ARGV[i + 1] then redis.call('ZREM', p .. 'next_attempt', ARGV[i]) end
end
