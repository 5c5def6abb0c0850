-- As a time, the number of failures is long ago, and puts those with the fewest failures first.
update subscription set next_attempt = failures
where topic_url = ? and coalesce(nullif(delivered_etag, ''), etag) <> ?
