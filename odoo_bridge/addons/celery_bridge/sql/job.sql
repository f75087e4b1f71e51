-- name: enqueue
SELECT celery_job_enqueue(%(jobs)s::jsonb, %(common)s::jsonb) AS id

-- name: claim
SELECT * FROM celery_job_claim(%(limit)s)

-- name: in_flight
SELECT * FROM celery_job_in_flight()

-- name: rescue
SELECT * FROM celery_job_rescue(%(uuids)s::text[], %(attempts)s::integer[], %(begun)s)

-- name: lock
SELECT id, uuid, attempt, max_attempts, state, user_id, context
FROM celery_job WHERE uuid = ANY (%(uuids)s)
ORDER BY id FOR UPDATE

-- name: read
SELECT id, uuid, attempt, max_attempts, state, user_id, context
FROM celery_job WHERE uuid = ANY (%(uuids)s)

-- name: finish
SELECT celery_job_finish(
    %(ids)s::integer[], %(states)s::text[], %(results)s::text[], %(errors)s::text[],
    %(tracebacks)s::text[], %(retry_in)s::float8[], %(counts)s::boolean[],
    %(started_at)s::float8[], %(seconds)s::float8[], %(workers)s::text[]
)

-- name: report
UPDATE celery_job job
SET state = 'started', worker = coalesce(nullif(r.worker, ''), job.worker),
    date_started = coalesce(job.date_started, clock_timestamp() AT TIME ZONE 'utc'),
    progress_done = r.done, progress_total = r.total, progress_text = nullif(r.text, ''),
    log = CASE WHEN r.log = '' THEN job.log ELSE celery_job_log_tail(job.log, r.log) END
FROM unnest(
    %(uuids)s::text[], %(attempts)s::integer[], %(done)s::integer[], %(total)s::integer[],
    %(texts)s::text[], %(workers)s::text[], %(logs)s::text[]
) AS r (uuid, attempt, done, total, text, worker, log)
WHERE job.uuid = r.uuid AND job.attempt = r.attempt AND job.state IN ('enqueued', 'started')

-- name: cancel
UPDATE celery_job
SET state = 'cancelled', date_finished = clock_timestamp() AT TIME ZONE 'utc',
    write_uid = %(uid)s, write_date = clock_timestamp() AT TIME ZONE 'utc'
WHERE id = ANY (%(ids)s) AND state NOT IN ('done', 'dead', 'cancelled')
RETURNING id

-- name: mark_done
-- By hand: what failed was done another way. Its error stays in the history.
UPDATE celery_job job
SET state = 'done', error = NULL, traceback = NULL,
    log = celery_job_log_tail(job.log, %(note)s),
    write_uid = %(uid)s, write_date = clock_timestamp() AT TIME ZONE 'utc'
WHERE id = ANY (%(ids)s) AND state = 'dead'
RETURNING id

-- name: with_followers
-- Jobs to put back, and what the engine cancelled because of how they ended, step by step.
WITH RECURSIVE family (id) AS (
    SELECT id FROM celery_job WHERE id = ANY (%(ids)s) AND state IN ('dead', 'cancelled')
    UNION
    SELECT j.id FROM family f
    JOIN celery_job_edge e ON e.dependency_id = f.id
    JOIN celery_job j ON j.id = e.job_id
    WHERE j.state = 'cancelled' AND j.error IN ('{not_reached}', '{not_needed}')
)
SELECT id FROM family

-- name: parts
-- What jobs wait for to be done.
SELECT edge.job_id, part.id
FROM celery_job_edge edge JOIN celery_job part ON part.id = edge.dependency_id
WHERE edge.job_id = ANY (%(ids)s) AND NOT edge.on_failure
ORDER BY edge.job_id, edge.place

-- name: holder
SELECT id FROM celery_job
WHERE task = ANY (%(tasks)s) AND identity_key = %(key)s AND {identity_held}

-- name: identity_lost
SELECT job.uuid, job.identity_key FROM celery_job job
WHERE job.id = ANY (%(ids)s) AND job.state IN ('dead', 'cancelled')
  AND (job.identity_scope = 'until_done' OR job.attempt = 0)
  AND EXISTS (
      SELECT FROM (SELECT * FROM celery_job WHERE {identity_held}) holder
      WHERE holder.task = job.task AND holder.identity_key = job.identity_key
        AND holder.id <> job.id
  )
LIMIT 1

-- name: requeue
-- The attempt only ever rises, or the fence would take a late result of an old attempt for the
-- new one's. What starts anew is the number of attempts that are left.
-- A step of a graph waits for the others again; a keyed job stands in line for its key.
UPDATE celery_job job
SET state = CASE WHEN EXISTS (SELECT FROM celery_job_edge e WHERE e.job_id = job.id) THEN 'waiting'
                 WHEN job.concurrency_key IS NOT NULL THEN 'parked'
                 ELSE 'pending' END,
    eta = NULL, date_finished = NULL, error = NULL, traceback = NULL, rescues = 0,
    max_attempts = job.attempt
        + coalesce((SELECT t.max_attempts FROM celery_task t WHERE t.name = job.task), 1),
    write_uid = %(uid)s, write_date = clock_timestamp() AT TIME ZONE 'utc'
WHERE job.id = ANY (%(ids)s) AND job.state IN ('dead', 'cancelled')
RETURNING job.id
