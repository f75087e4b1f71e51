-- What is kept of failed attempts and of a worker's log: bounded, the newest stays.
CREATE OR REPLACE FUNCTION celery_job_history(
    p_history jsonb, p_attempt integer, p_started timestamp, p_seconds float8, p_worker text,
    p_error text
) RETURNS jsonb
LANGUAGE sql IMMUTABLE
AS $$
    SELECT CASE WHEN jsonb_array_length(coalesce(p_history, '[]')) >= 20
           THEN p_history - 0 ELSE coalesce(p_history, '[]') END
        || jsonb_build_array(jsonb_build_object(
            'attempt', p_attempt, 'started_at', to_char(p_started, 'YYYY-MM-DD HH24:MI:SS'),
            'seconds', round(p_seconds::numeric, 3), 'worker', p_worker, 'error', p_error
        ))
$$;

-- The last 200 lines, at most 32 KiB of them.
CREATE OR REPLACE FUNCTION celery_job_log_tail(p_log text, p_more text) RETURNS text
LANGUAGE sql IMMUTABLE
AS $$
    SELECT CASE WHEN octet_length(text) <= 32768 THEN text
           ELSE right(text, greatest(length(text) - octet_length(text) + 32768, 8192)) END
    FROM (
        SELECT array_to_string(lines[greatest(cardinality(lines) - 199, 1):], E'\n')
        FROM string_to_array(concat_ws(E'\n', p_log, p_more), E'\n') AS lines
    ) AS newest (text)
$$;
