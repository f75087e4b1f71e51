-- Deliveries that share an ordering key are handed out one after the other, and a claim is as full
-- as it can be when there is much to do.
CREATE INDEX delivery_ordered ON delivery (source, ordering_key, id)
    WHERE ordering_key <> '' AND state IN ('pending', 'scheduled', 'enqueued', 'started');

-- Take up to p_limit deliveries for an attempt, oldest first, of each ordering key only the oldest
-- that has not ended. While a few are in flight, fewer than p_limit wait until those have ended, at
-- most a second (Nagle's rule, RFC 896): so a batch is one delivery when there is little to do, and
-- grows by itself. No more than a window is in flight: the rest costs the broker nothing.
CREATE OR REPLACE FUNCTION delivery_claim(p_limit integer)
RETURNS TABLE (
    uuid text, attempt integer, source text, event_id text, correlation_id text,
    max_attempts integer
)
LANGUAGE sql VOLATILE
SET jit = off SET enable_seqscan = off SET plan_cache_mode = force_custom_plan
AS $$
    WITH due AS (
        SELECT uuid FROM delivery WHERE state = 'scheduled' AND eta <= now()
        ORDER BY eta LIMIT p_limit FOR UPDATE SKIP LOCKED
    )
    UPDATE delivery AS d SET state = 'pending', eta = NULL FROM due WHERE d.uuid = due.uuid;
    WITH flying AS (
        SELECT count(*) AS deliveries FROM (
            SELECT FROM delivery WHERE state IN ('enqueued', 'started') LIMIT 1000
        ) AS in_flight
    ), ready AS (
        SELECT uuid, received_at FROM delivery AS d
        WHERE state = 'pending' AND (ordering_key = '' OR NOT EXISTS (
            SELECT FROM delivery AS before
            WHERE before.source = d.source AND before.ordering_key = d.ordering_key
              AND before.ordering_key <> '' AND before.id < d.id
              AND before.state IN ('pending', 'scheduled', 'enqueued', 'started')
        ))
        ORDER BY id LIMIT (SELECT least(p_limit, 1000 - deliveries) FROM flying)
        FOR UPDATE SKIP LOCKED
    ), claimed AS (
        UPDATE delivery AS d
        SET state = 'enqueued', attempt = d.attempt + 1, claimed_at = now(), finished_at = NULL
        FROM ready
        WHERE d.uuid = ready.uuid AND (
            (SELECT deliveries FROM flying) < 8
            OR (SELECT count(*) FROM ready) >= p_limit
            OR (SELECT min(received_at) FROM ready) < now() - interval '1 second'
        )
        RETURNING d.*
    )
    SELECT uuid::text, attempt, source, event_id, correlation_id, max_attempts
    FROM claimed ORDER BY id;
$$;
