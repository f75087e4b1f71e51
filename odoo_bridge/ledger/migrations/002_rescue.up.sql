-- Deliveries that a relay finds without a worker.
ALTER TABLE delivery ADD COLUMN rescues integer NOT NULL DEFAULT 0;

CREATE FUNCTION delivery_in_flight()
RETURNS TABLE (uuid text, attempt integer, queue text, state text, claimed_seconds float8)
LANGUAGE sql STABLE
SET jit = off SET enable_seqscan = off
AS $$
    SELECT uuid::text, attempt, 'webhooks', state,
           extract(epoch FROM clock_timestamp() - claimed_at)::float8
    FROM delivery WHERE state IN ('enqueued', 'started') ORDER BY claimed_at;
$$;

-- Put orphans back, those that are still in flight with exactly this attempt. A lost worker costs
-- none of the attempts; but what lost its worker three times and does so again is a poison pill.
-- Returns what was put back or buried. What is locked is being finished: no orphan.
CREATE FUNCTION delivery_rescue(p_uuids text[], p_attempts integer[])
RETURNS TABLE (uuid text, state text)
LANGUAGE sql VOLATILE
SET jit = off SET enable_seqscan = off SET plan_cache_mode = force_custom_plan
AS $$
    WITH orphan AS (
        SELECT d.id, d.rescues >= 3 AS poisonous
        FROM unnest(p_uuids, p_attempts) AS lost (uuid, attempt)
        JOIN delivery AS d ON d.uuid = lost.uuid::uuid AND d.attempt = lost.attempt
        WHERE d.state IN ('enqueued', 'started')
        FOR UPDATE OF d SKIP LOCKED
    ), rescued AS (
        UPDATE delivery AS d
        SET state = CASE WHEN poisonous THEN 'dead' ELSE 'pending' END,
            error = CASE WHEN poisonous
                    THEN format('The worker was lost %s times while it ran this job.', d.rescues + 1)
                    ELSE d.error END,
            finished_at = CASE WHEN poisonous THEN now() END,
            rescues = d.rescues + 1,
            max_attempts = d.max_attempts + (NOT poisonous)::integer
        FROM orphan WHERE d.id = orphan.id
        RETURNING d.uuid::text, d.state
    ), notified AS (
        SELECT pg_notify('delivery', '') FROM rescued LIMIT 1
    )
    SELECT rescued.* FROM rescued LEFT JOIN notified ON true;
$$;
