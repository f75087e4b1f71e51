-- Jobs that a relay finds without a worker. Caller: the relay's database role, or fabric_in_flight
-- and fabric_rescue over RPC. Times are by the clock of this database.
CREATE OR REPLACE FUNCTION celery_job_in_flight()
RETURNS TABLE (uuid text, attempt integer, queue text, state text, claimed_seconds float8)
LANGUAGE sql STABLE
SECURITY DEFINER
SET search_path = public, pg_temp
SET jit = off
SET enable_seqscan = off
AS $$
    SELECT j.uuid::text, j.attempt, j.queue::text, j.state::text,
           extract(epoch FROM clock_timestamp() AT TIME ZONE 'utc' - j.date_claimed)::float8
    FROM celery_job j WHERE j.state IN ('enqueued', 'started')
    ORDER BY j.date_claimed
$$;

-- Put orphans back, those that are still in flight with exactly this attempt. Losing a worker is not
-- the job's fault and costs none of its attempts; but a job that lost its worker three times and
-- does so again is a poison pill, and dead. p_begun: a worker had begun these; what got lost with
-- the broker's data, on its way to a worker, never counts. Returns what was put back or buried.
DROP FUNCTION IF EXISTS celery_job_rescue(text[], integer[]);
CREATE OR REPLACE FUNCTION celery_job_rescue(
    p_uuids text[], p_attempts integer[], p_begun boolean DEFAULT true
)
RETURNS TABLE (uuid text, state text)
LANGUAGE sql VOLATILE
SECURITY DEFINER
SET search_path = public, pg_temp
SET jit = off
SET enable_seqscan = off
SET plan_cache_mode = force_custom_plan
AS $$
    WITH orphan AS (
        SELECT j.id, coalesce(j.rescues, 0) + p_begun::integer AS rescues,
               p_begun AND coalesce(j.rescues, 0) >= 3 AS poisonous
        FROM unnest(p_uuids, p_attempts) AS lost (uuid, attempt)
        JOIN celery_job j ON j.uuid = lost.uuid AND j.attempt = lost.attempt
        WHERE j.state IN ('enqueued', 'started')
        -- What is locked is being written back or cancelled: no orphan.
        FOR UPDATE OF j SKIP LOCKED
    )
    UPDATE celery_job j
    SET state = CASE WHEN poisonous THEN 'dead' ELSE 'pending' END,
        error = CASE WHEN poisonous
                THEN format('The worker was lost %s times while it ran this job.', orphan.rescues)
                ELSE j.error END,
        date_finished = CASE WHEN poisonous THEN clock_timestamp() AT TIME ZONE 'utc' END,
        rescues = orphan.rescues,
        max_attempts = j.max_attempts + (NOT poisonous)::integer,
        history = celery_job_history(
            j.history, j.attempt, coalesce(j.date_started, j.date_claimed),
            extract(epoch FROM clock_timestamp() AT TIME ZONE 'utc'
                    - coalesce(j.date_started, j.date_claimed))::float8,
            coalesce(j.worker, ''), CASE WHEN p_begun THEN 'orphaned' ELSE 'lost on the way' END
        )
    FROM orphan WHERE j.id = orphan.id
    RETURNING j.uuid::text, j.state::text
$$;

REVOKE ALL ON FUNCTION celery_job_in_flight() FROM PUBLIC;
REVOKE ALL ON FUNCTION celery_job_rescue(text[], integer[], boolean) FROM PUBLIC;
