-- Store how attempts ended. The fence has locked the jobs. A function, for its statement is planned
-- once a session: to plan it costs as much as to finish fifty jobs.
CREATE OR REPLACE FUNCTION celery_job_finish(
    p_ids integer[], p_states text[], p_results text[], p_errors text[], p_tracebacks text[],
    p_retry_in float8[], p_counts boolean[], p_started_at float8[], p_seconds float8[],
    p_workers text[]
) RETURNS void
LANGUAGE plpgsql
SET jit = off
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_hashjoin = off
SET enable_mergejoin = off
AS $$
BEGIN
    -- unnest, not jsonb_to_recordset: that one is slower.
    UPDATE celery_job job
    SET state = o.state,
        result = CASE WHEN o.state = 'done' THEN o.result::jsonb ELSE job.result END,
        error = nullif(o.error, ''), traceback = nullif(o.traceback, ''),
        -- The table of attempts keeps what failed; the last one stands in the job's own columns as well.
        history = CASE WHEN o.state = 'done' THEN job.history ELSE celery_job_history(
            job.history, job.attempt,
            coalesce(to_timestamp(nullif(o.started_at, 0)) AT TIME ZONE 'utc', job.date_started),
            o.seconds, o.worker, o.error
        ) END,
        max_attempts = job.max_attempts + (o.state = 'scheduled' AND NOT o.counts)::integer,
        eta = CASE WHEN o.state = 'scheduled'
              THEN (clock_timestamp() + o.retry_in * interval '1 second') AT TIME ZONE 'utc'
              ELSE job.eta END,
        date_started = CASE WHEN o.started_at > 0
                       THEN to_timestamp(o.started_at) AT TIME ZONE 'utc'
                       ELSE job.date_started END,
        date_finished = CASE WHEN o.state = 'scheduled' THEN NULL
                        ELSE clock_timestamp() AT TIME ZONE 'utc' END,
        seconds_running = o.seconds, worker = o.worker,
        -- What is done is at no step any more; of what failed it says where.
        progress_text = CASE WHEN o.state = 'done' THEN NULL ELSE job.progress_text END,
        write_date = clock_timestamp() AT TIME ZONE 'utc'
    FROM unnest(
        p_ids, p_states, p_results, p_errors,
        p_tracebacks, p_retry_in, p_counts,
        p_started_at, p_seconds, p_workers
    ) AS o (id, state, result, error, traceback, retry_in, counts, started_at, seconds, worker)
    WHERE job.id = o.id;
END
$$;

REVOKE ALL ON FUNCTION celery_job_finish(
    integer[], text[], text[], text[], text[], float8[], boolean[], float8[], float8[], text[]
) FROM PUBLIC;
