-- The topic may have changed during the attempt: then the next attempt is due at once.
update subscription set delivered_etag = :etag, delivered_at = :delivered_at, attempts = :attempts,
    attempted_etag = :attempted_etag, attempted_at = :attempted_at, failures = :failures,
    failing_since = :failing_since, error = :error,
    next_attempt = case
        when coalesce((select etag from topic where url = topic_url), :attempted_etag) <> :attempted_etag then :failures
        else nullif(:next_attempt, 0) end
where key = :key
