-- Add a subscription, or renew it: its first ETag and its deliveries stay.
insert into subscription (key, topic, callback, lease_end, etag, secret, topic_url, host, next_attempt)
values (:key, :topic, :callback, :lease_end, :etag, :secret, :topic_url, :host,
    case when :etag = (select etag from topic where url = :topic_url) then null else 0 end)
on conflict (key) do update set topic = excluded.topic, callback = excluded.callback, secret = excluded.secret,
    lease_end = excluded.lease_end
