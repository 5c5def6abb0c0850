-- `next_attempt` gets the number of failures. Read as a time, it is in 1970: the row is due, and fewer failures come first.
update subscription set next_attempt = failures
where topic_url = ? and coalesce(nullif(delivered_etag, ''), etag) <> ?
