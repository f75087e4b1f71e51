DROP INDEX delivery_ordered;

-- As before, by uuid: the id says the order and is unique in no index.
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
    WITH ready AS (
        SELECT uuid FROM delivery WHERE state = 'pending'
        ORDER BY id LIMIT p_limit FOR UPDATE SKIP LOCKED
    ), claimed AS (
        UPDATE delivery AS d
        SET state = 'enqueued', attempt = d.attempt + 1, claimed_at = now(), finished_at = NULL
        FROM ready WHERE d.uuid = ready.uuid
        RETURNING d.*
    )
    SELECT uuid::text, attempt, source, event_id, correlation_id, max_attempts
    FROM claimed ORDER BY id;
$$;
