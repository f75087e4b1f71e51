-- name: look
SELECT state, result, exc_name, exc_message,
       coalesce(extract(epoch FROM eta - clock_timestamp() AT TIME ZONE 'utc'), 0)::float8 AS seconds
FROM queue_job WHERE uuid = %(uuid)s

-- name: enqueue
-- As OCA's jobrunner marks what it is about to start (jobrunner/runner.py, set_job_enqueued).
UPDATE queue_job
SET state = 'enqueued', date_enqueued = date_trunc('seconds', clock_timestamp() AT TIME ZONE 'utc')
WHERE uuid = %(uuid)s AND state IN ('pending', 'enqueued')
RETURNING state

-- name: revive
-- Odoo died while it performed the job: its lock is free. No row when somebody performs it, or may be
-- about to. The rule is OCA's (jobrunner/runner.py, _query_requeue_dead_jobs).
UPDATE queue_job q
SET state = CASE WHEN spent THEN 'failed' ELSE 'pending' END,
    retry = coalesce(q.retry, 0) + 1,
    exc_name = CASE WHEN spent THEN 'JobFoundDead' ELSE q.exc_name END,
    exc_message = CASE WHEN spent THEN 'Odoo died while it ran the job.' ELSE q.exc_message END,
    exc_info = CASE WHEN spent THEN 'Job found dead after too many retries' ELSE q.exc_info END
FROM (
    SELECT id, coalesce(max_retries, 0) <> 0 AND coalesce(retry, 0) > max_retries AS spent
    FROM queue_job
    WHERE uuid = %(uuid)s AND state = 'started'
      AND coalesce(date_enqueued, date_started, '-infinity')
          < clock_timestamp() AT TIME ZONE 'utc' - interval '10 seconds'
) dead
WHERE q.id = dead.id AND (
    q.id IN (
        SELECT queue_job_id FROM queue_job_lock WHERE queue_job_id = dead.id
        FOR NO KEY UPDATE SKIP LOCKED
    )
    OR NOT EXISTS (SELECT FROM queue_job_lock WHERE queue_job_id = dead.id)
)
RETURNING q.state
