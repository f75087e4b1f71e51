-- Take up to p_limit jobs for an attempt. The rules of scheduling stand here and nowhere else.
-- Caller: the relay's database role, or fabric_claim over RPC. Blocked jobs (scheduled, waiting,
-- parked) are not in the ready index, so the cost does not grow with the backlog.
CREATE OR REPLACE FUNCTION celery_job_claim(p_limit integer)
RETURNS TABLE (
    uuid text, attempt integer, task text, queue text, params jsonb, user_id integer,
    context jsonb, correlation_id text, max_attempts integer
)
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = public, pg_temp
-- Just-in-time compilation costs more than the whole claim. Statistics of a table that fills and
-- empties are always wrong: never scan it whole, and plan for the values at hand.
SET jit = off
SET enable_seqscan = off
SET plan_cache_mode = force_custom_plan
AS $$
#variable_conflict use_column
DECLARE
    v_now timestamp := clock_timestamp() AT TIME ZONE 'utc';
    v_ids bigint[];
BEGIN
    -- One claim at a time in a database: two would hand out the same room twice.
    IF NOT pg_try_advisory_xact_lock(hashtext('celery_job_claim')) THEN
        RETURN;
    END IF;

    -- Due jobs become ready, twice as fast as they can be claimed, so that priority decides.
    UPDATE celery_job SET state = 'pending'
    WHERE id IN (
        SELECT due.id FROM celery_job due
        WHERE due.state = 'scheduled' AND due.eta <= v_now
        ORDER BY due.eta LIMIT 2 * p_limit
        FOR UPDATE SKIP LOCKED
    );

    WITH RECURSIVE ready (queue) AS (
        -- The queues that have a ready job, one probe of the index each.
        (SELECT j.queue FROM celery_job j WHERE j.state = 'pending' ORDER BY j.queue LIMIT 1)
        UNION ALL
        SELECT (
            SELECT j.queue FROM celery_job j
            WHERE j.state = 'pending' AND j.queue > r.queue ORDER BY j.queue LIMIT 1
        )
        FROM ready r WHERE r.queue IS NOT NULL
    ), in_flight AS (
        SELECT j.queue, count(*) AS jobs FROM celery_job j
        WHERE j.state IN ('enqueued', 'started') GROUP BY j.queue
    ), open_queue AS (
        -- A queue without a row is open with the default window: a job is never lost for it.
        SELECT r.queue, greatest(coalesce(q.window_size, 100) - coalesce(f.jobs, 0), 0) AS room
        FROM ready r
        LEFT JOIN celery_queue q ON q.name = r.queue
        LEFT JOIN in_flight f ON f.queue = r.queue
        WHERE r.queue IS NOT NULL AND NOT coalesce(q.paused, false)
    ), candidate AS (
        SELECT first.id, first.priority,
               row_number() OVER (PARTITION BY o.queue ORDER BY first.priority, first.id) AS place
        FROM open_queue o
        CROSS JOIN LATERAL (
            SELECT j.id, j.priority FROM celery_job j
            WHERE j.state = 'pending' AND j.queue = o.queue
            ORDER BY j.priority, j.id LIMIT least(o.room, p_limit)
        ) first
    ), share AS (
        SELECT ceil(p_limit / greatest(count(*), 1)::numeric) AS jobs FROM open_queue WHERE room > 0
    ), chosen AS (
        -- First every queue's share, then whatever fills the rest.
        SELECT c.id FROM candidate c, share s
        ORDER BY c.place > s.jobs, c.priority, c.id LIMIT p_limit
    )
    SELECT array_agg(c.id) INTO v_ids FROM chosen c;

    RETURN QUERY
    WITH locked AS (
        -- Someone may be cancelling one right now: skip what is locked, look at the state again.
        SELECT j.id FROM celery_job j
        WHERE j.id = ANY (v_ids) AND j.state = 'pending'
        FOR UPDATE SKIP LOCKED
    ), claimed AS (
        UPDATE celery_job j
        SET state = 'enqueued', attempt = j.attempt + 1, date_claimed = v_now,
            date_started = NULL, date_finished = NULL, worker = NULL,
            progress_done = 0, progress_total = 0, progress_text = NULL
        FROM locked WHERE j.id = locked.id
        RETURNING j.*
    )
    SELECT c.uuid::text, c.attempt, c.task::text, c.queue::text, coalesce(c.params, '{}'),
           c.user_id, coalesce(c.context, '{}'), c.correlation_id::text, c.max_attempts
    FROM claimed c
    ORDER BY c.priority, c.id;
END
$$;

REVOKE ALL ON FUNCTION celery_job_claim(integer) FROM PUBLIC;
