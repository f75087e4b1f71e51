DROP FUNCTION delivery_rescue(text[], integer[], boolean);

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
