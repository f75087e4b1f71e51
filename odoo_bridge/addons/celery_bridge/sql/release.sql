-- Look at what waits on other jobs. p_jobs: jobs that have ended, and waiting ones to look at afresh.
-- Only the claim calls it, one at a time, so nobody else writes edges that are there.
CREATE OR REPLACE FUNCTION celery_job_release(p_jobs integer[], p_now timestamp) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    v_looked integer[];
    v_failed integer[];
    v_triggered integer[];
    v_ready integer[];
    v_needless integer[];
BEGIN
    -- A waiting job to look at afresh may have been put back together with what it waits on.
    UPDATE celery_job_edge e SET settled = false
    FROM celery_job w
    WHERE w.id = ANY (p_jobs) AND w.state = 'waiting' AND e.job_id = w.id AND e.settled;

    WITH touched AS (
        SELECT e.job_id, e.on_failure, e.place, e.dependency_id FROM celery_job_edge e
        WHERE e.dependency_id = ANY (p_jobs) AND NOT e.settled
        UNION
        SELECT e.job_id, e.on_failure, e.place, e.dependency_id FROM celery_job_edge e
        WHERE e.job_id = ANY (p_jobs) AND NOT e.settled
    ), ended AS (
        SELECT t.*, d.state FROM touched t
        JOIN celery_job d ON d.id = t.dependency_id
        JOIN celery_job w ON w.id = t.job_id
        WHERE d.state IN ('done', 'dead', 'cancelled') AND w.state = 'waiting'
    ), settled AS (
        UPDATE celery_job_edge e SET settled = true FROM ended
        WHERE e.job_id = ended.job_id AND e.on_failure = ended.on_failure AND e.place = ended.place
    )
    SELECT array_agg(DISTINCT job_id),
           array_agg(DISTINCT job_id) FILTER (WHERE NOT on_failure AND state <> 'done'),
           array_agg(DISTINCT job_id) FILTER (WHERE on_failure AND state = 'dead')
    INTO v_looked, v_failed, v_triggered FROM ended;

    IF v_looked IS NULL THEN
        RETURN;
    END IF;
    -- One failure is enough for the branch that waits for it.
    UPDATE celery_job_edge SET settled = true
    WHERE job_id = ANY (v_triggered) AND on_failure AND NOT settled;

    PERFORM celery_job_give_up(
        ARRAY(
            -- With a failure, what follows from it by success: a part of it, no claim may be slow.
            -- Those that were cancelled wake up the rest. LATERAL, or without statistics the
            -- planner scans all edges at every step.
            WITH RECURSIVE lost (id) AS (
                SELECT unnest(v_failed)
                UNION
                SELECT next.job_id FROM lost CROSS JOIN LATERAL (
                    SELECT e.job_id FROM celery_job_edge e
                    WHERE e.dependency_id = lost.id AND NOT e.settled AND NOT e.on_failure
                    OFFSET 0
                ) next
            )
            SELECT id FROM lost LIMIT 1000 + coalesce(cardinality(v_failed), 0)
        ),
        '{not_reached}', p_now
    );

    SELECT array_agg(w.id) FILTER (WHERE NOT w.needless), array_agg(w.id) FILTER (WHERE w.needless)
    INTO v_ready, v_needless
    FROM (
        SELECT w.id,
               EXISTS (SELECT FROM celery_job_edge e WHERE e.job_id = w.id AND e.on_failure)
               AND NOT EXISTS (
                   SELECT FROM celery_job_edge e JOIN celery_job d ON d.id = e.dependency_id
                   WHERE e.job_id = w.id AND e.on_failure AND d.state = 'dead'
               ) AS needless
        FROM celery_job w
        WHERE w.id = ANY (v_looked) AND w.state = 'waiting'
          AND NOT EXISTS (SELECT FROM celery_job_edge e WHERE e.job_id = w.id AND NOT e.settled)
    ) w;
    PERFORM celery_job_give_up(v_needless, '{not_needed}', p_now);
    PERFORM celery_job_let_go(v_ready, p_now);
END
$$;

-- Waiting jobs that will never run. What someone holds locked is looked at again in a while.
CREATE OR REPLACE FUNCTION celery_job_give_up(p_jobs integer[], p_why text, p_now timestamp)
RETURNS void
LANGUAGE sql
AS $$
    WITH locked AS (
        SELECT id FROM celery_job WHERE id = ANY (p_jobs) AND state = 'waiting'
        FOR UPDATE SKIP LOCKED
    ), cancelled AS (
        UPDATE celery_job j SET state = 'cancelled', error = p_why, date_finished = p_now
        FROM locked WHERE j.id = locked.id
    )
    INSERT INTO celery_job_wake (job_id)
    SELECT id FROM celery_job WHERE id = ANY (p_jobs) AND state = 'waiting'
    EXCEPT SELECT id FROM locked
$$;

-- Waiting jobs whose time has come, as far as others are concerned.
CREATE OR REPLACE FUNCTION celery_job_let_go(p_jobs integer[], p_now timestamp) RETURNS void
LANGUAGE sql
AS $$
    WITH locked AS (
        SELECT id FROM celery_job WHERE id = ANY (p_jobs) AND state = 'waiting'
        FOR UPDATE SKIP LOCKED
    ), released AS (
        UPDATE celery_job j
        SET state = CASE WHEN j.eta > p_now THEN 'scheduled'
                         WHEN j.concurrency_key IS NOT NULL THEN 'parked'
                         ELSE 'pending' END
        FROM locked WHERE j.id = locked.id
    )
    INSERT INTO celery_job_wake (job_id)
    SELECT id FROM celery_job WHERE id = ANY (p_jobs) AND state = 'waiting'
    EXCEPT SELECT id FROM locked
$$;

REVOKE ALL ON FUNCTION celery_job_release(integer[], timestamp) FROM PUBLIC;
REVOKE ALL ON FUNCTION celery_job_give_up(integer[], text, timestamp) FROM PUBLIC;
REVOKE ALL ON FUNCTION celery_job_let_go(integer[], timestamp) FROM PUBLIC;
