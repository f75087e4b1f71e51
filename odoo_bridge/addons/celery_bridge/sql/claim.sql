-- A function keeps its grants when it is replaced, which its columns must not change for.
DO $$
BEGIN
    IF pg_get_function_result(to_regprocedure('celery_job_claim(integer)')) NOT LIKE '%priority%' THEN
        DROP FUNCTION celery_job_claim(integer);
    END IF;
END
$$;

-- Take up to p_limit jobs for an attempt. The rules of scheduling stand here and nowhere else.
-- Caller: the relay's database role, or fabric_claim over RPC. Blocked jobs (scheduled, waiting,
-- parked) are not in the ready index, so the cost does not grow with the backlog.
CREATE OR REPLACE FUNCTION celery_job_claim(p_limit integer)
RETURNS TABLE (
    uuid text, attempt integer, task text, queue text, params jsonb, user_id integer,
    context jsonb, correlation_id text, max_attempts integer, priority integer
)
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = public, pg_temp
-- Planning its statements costs more than a claim of a few jobs, and just-in-time compilation more
-- than that: plan once a session. Statistics of a table that fills and empties are always wrong, so a
-- plan must not depend on them: only probes of the index that a query is written for, in its order.
SET jit = off
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_bitmapscan = off
SET enable_hashjoin = off
SET enable_mergejoin = off
AS $$
#variable_conflict use_column
DECLARE
    v_now timestamp;
    v_ids integer[];
BEGIN
    IF NOT celery_job_take_turn() THEN
        RETURN;
    END IF;
    v_now := clock_timestamp() AT TIME ZONE 'utc';  -- not before: date_claimed only rises
    PERFORM celery_job_promote(2 * p_limit, v_now);
    PERFORM celery_job_park_paused();
    PERFORM celery_job_sweep(v_now);
    PERFORM celery_job_wake_up(p_limit, v_now);

    v_ids := celery_job_choose(p_limit, v_now);

    RETURN QUERY
    WITH locked AS (
        -- Someone may be cancelling one right now: skip what is locked, look at the state again.
        -- Not as j.state: no plan may then walk an index of all pending jobs for it.
        SELECT j.id FROM celery_job j
        WHERE j.id = ANY (v_ids) AND (j.state || '') = 'pending'
        FOR UPDATE SKIP LOCKED
    ), claimed AS (
        UPDATE celery_job j
        SET state = 'enqueued', attempt = j.attempt + 1, date_claimed = v_now,
            date_started = NULL, date_finished = NULL, worker = NULL,
            progress_done = 0, progress_total = 0, progress_text = NULL
        FROM locked WHERE j.id = locked.id
        RETURNING j.*
    )
    SELECT c.uuid::text, c.attempt, c.task::text, c.queue::text, celery_job_params(c.id, c.params),
           c.user_id, coalesce(c.context, '{}'), c.correlation_id::text, c.max_attempts,
           c.priority
    FROM claimed c
    ORDER BY c.priority, coalesce(c.rank, c.id), c.id;
    PERFORM celery_queue_spend(v_ids, v_now);
END
$$;

-- One claim at a time in a database: two would hand out the same room twice. False while another
-- runs. Over RPC a claim has REPEATABLE READ, so its snapshot may be older than what the last claim
-- did; then it must start again, and Odoo does that on a serialization failure.
CREATE OR REPLACE FUNCTION celery_job_take_turn() RETURNS boolean
LANGUAGE plpgsql
AS $$
DECLARE
    v_last xid8 := '0';
    v_this xid8;
BEGIN
    IF NOT pg_try_advisory_xact_lock(hashtext('celery_job_claim')) THEN
        RETURN false;
    END IF;
    v_this := pg_current_xact_id();
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        SELECT last_value::text::xid8 INTO v_last FROM celery_job_claim_turn;
        IF v_last <> v_this AND NOT pg_visible_in_snapshot(v_last, pg_current_snapshot()) THEN
            RAISE EXCEPTION 'another claim was faster' USING ERRCODE = 'serialization_failure';
        END IF;
    END IF;
    PERFORM setval('celery_job_claim_turn', v_this::text::bigint);
    RETURN true;
END
$$;

-- Due jobs become ready, or stand in line for their key. Twice as fast as they can be claimed, so
-- that priority decides.
CREATE OR REPLACE FUNCTION celery_job_promote(p_limit integer, p_now timestamp) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM celery_job WHERE state = 'scheduled' AND eta <= p_now) THEN
        RETURN;
    END IF;
    UPDATE celery_job
    SET state = CASE WHEN concurrency_key IS NULL THEN 'pending' ELSE 'parked' END
    WHERE id IN (
        SELECT due.id FROM celery_job due
        WHERE due.state = 'scheduled' AND due.eta <= p_now
        ORDER BY due.eta LIMIT p_limit
        FOR UPDATE SKIP LOCKED
    );
END
$$;

-- A job's params, with {"$result": n} replaced by the result of the n-th job that it depends on.
CREATE OR REPLACE FUNCTION celery_job_params(p_job integer, p_params jsonb) RETURNS jsonb
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM celery_job_edge e WHERE e.job_id = p_job) THEN
        RETURN coalesce(p_params, '{}');
    END IF;
    RETURN celery_job_with_results(p_params, (
        SELECT jsonb_agg(d.result ORDER BY e.place)
        FROM celery_job_edge e LEFT JOIN celery_job d ON d.id = e.dependency_id
        WHERE e.job_id = p_job AND NOT e.on_failure
    ));
END
$$;

CREATE OR REPLACE FUNCTION celery_job_with_results(p_value jsonb, p_results jsonb) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE
AS $$
BEGIN
    IF jsonb_typeof(p_value) = 'array' THEN
        RETURN (
            SELECT coalesce(jsonb_agg(celery_job_with_results(item, p_results) ORDER BY place), '[]')
            FROM jsonb_array_elements(p_value) WITH ORDINALITY AS list (item, place)
        );
    ELSIF jsonb_typeof(p_value) <> 'object' THEN
        RETURN p_value;
    ELSIF jsonb_typeof(p_value -> '$result') = 'number' AND p_value - '$result' = '{}' THEN
        RETURN coalesce(p_results -> (p_value ->> '$result')::integer, 'null');
    END IF;
    RETURN (
        SELECT coalesce(jsonb_object_agg(name, celery_job_with_results(item, p_results)), '{}')
        FROM jsonb_each(p_value) AS member (name, item)
    );
END
$$;

REVOKE ALL ON FUNCTION celery_job_claim(integer) FROM PUBLIC;
REVOKE ALL ON FUNCTION celery_job_take_turn() FROM PUBLIC;
REVOKE ALL ON FUNCTION celery_job_promote(integer, timestamp) FROM PUBLIC;
REVOKE ALL ON FUNCTION celery_job_params(integer, jsonb) FROM PUBLIC;
REVOKE ALL ON FUNCTION celery_job_with_results(jsonb, jsonb) FROM PUBLIC;
