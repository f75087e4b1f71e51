-- Wake-ups that were lost, or that one row stands for (a queue was opened): once a minute, and when
-- asked, every key with parked jobs and every job that others wait on is looked at again. A few a
-- claim, so that no claim is slow.
CREATE OR REPLACE FUNCTION celery_job_sweep(p_now timestamp) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    v_at celery_sweep;
    v_keys text[];
    v_dependencies integer[];
BEGIN
    SELECT * INTO v_at FROM celery_sweep WHERE next_at <= p_now;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    WITH RECURSIVE parked (key, place) AS (
        SELECT v_at.last_key, 0
        UNION ALL
        SELECT (
            SELECT j.concurrency_key::text FROM celery_job j
            WHERE j.state = 'parked' AND j.concurrency_key > p.key
            ORDER BY j.concurrency_key LIMIT 1
        ), p.place + 1
        FROM parked p WHERE p.key IS NOT NULL AND p.place < 100
    )
    SELECT array_agg(key) INTO v_keys FROM parked WHERE place > 0 AND key IS NOT NULL;
    INSERT INTO celery_job_wake (key) SELECT unnest(v_keys);

    SELECT array_agg(next.dependency_id) INTO v_dependencies
    FROM (
        SELECT e.dependency_id FROM celery_job_edge e
        WHERE NOT e.settled AND e.dependency_id > v_at.last_dependency
        ORDER BY e.dependency_id LIMIT 100
    ) next;
    INSERT INTO celery_job_wake (job_id)
    SELECT DISTINCT id FROM celery_job
    WHERE id = ANY (v_dependencies) AND state IN ('done', 'dead', 'cancelled');

    UPDATE celery_sweep
    SET last_key = CASE WHEN cardinality(v_keys) = 100 THEN v_keys[100] ELSE '' END,
        last_dependency = CASE WHEN cardinality(v_dependencies) = 100
                          THEN v_dependencies[100] ELSE 0 END,
        next_at = CASE WHEN cardinality(v_keys) = 100 OR cardinality(v_dependencies) = 100
                  THEN p_now ELSE p_now + interval '1 minute' END;
END
$$;

-- Consume wake rows, oldest first: a bounded number, also of what they bring about themselves.
CREATE OR REPLACE FUNCTION celery_job_wake_up(p_limit integer, p_now timestamp) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    v_left integer := greatest(4 * p_limit, 100);
    v_taken integer;
    v_keys text[];
    v_jobs integer[];
    v_sweep boolean;
BEGIN
    FOR v_round IN 1 .. 10 LOOP
        WITH taken AS (
            DELETE FROM celery_job_wake
            WHERE id IN (SELECT id FROM celery_job_wake ORDER BY id LIMIT v_left)
            RETURNING key, job_id
        )
        SELECT count(*), array_agg(DISTINCT key) FILTER (WHERE key IS NOT NULL),
               array_agg(DISTINCT job_id) FILTER (WHERE job_id IS NOT NULL),
               bool_or(key IS NULL AND job_id IS NULL)
        INTO v_taken, v_keys, v_jobs, v_sweep FROM taken;
        EXIT WHEN v_taken = 0;
        IF v_sweep THEN
            UPDATE celery_sweep
            SET last_key = '', last_dependency = 0, next_at = p_now;
            PERFORM celery_job_sweep(p_now);
        END IF;
        IF v_jobs IS NOT NULL THEN
            PERFORM celery_job_release(v_jobs, p_now);
        END IF;
        IF v_keys IS NOT NULL THEN
            PERFORM celery_job_admit(v_keys);
        END IF;
        v_left := v_left - v_taken;
        EXIT WHEN v_left <= 0;
    END LOOP;
    IF v_left <= 0 THEN
        PERFORM pg_notify('celery_job', '');  -- there may be more
    END IF;
END
$$;

REVOKE ALL ON FUNCTION celery_job_sweep(timestamp) FROM PUBLIC;
REVOKE ALL ON FUNCTION celery_job_wake_up(integer, timestamp) FROM PUBLIC;
