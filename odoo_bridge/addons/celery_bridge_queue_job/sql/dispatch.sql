-- A queue.job and its celery.job: one that has not ended at most, by the identity key, which is the
-- queue.job's UUID. %(ids)s are those of queue.jobs.

-- name: unfinished
SELECT id FROM queue_job
WHERE id > %(after)s AND state IN ('pending', 'enqueued', 'started')
ORDER BY id LIMIT %(limit)s

-- name: holder
SELECT id FROM celery_job
WHERE task = 'queue_job.perform' AND identity_key = %(uuid)s
  AND state NOT IN ('done', 'dead', 'cancelled')

-- name: enqueue
-- Those that have none yet. The engine's function inserts them, one call for each user and company.
SELECT count(*)
FROM (
    SELECT jsonb_agg(jsonb_build_object(
        'uuid', gen_random_uuid(),
        'identity_key', q.uuid,
        'params', jsonb_build_object('uuid', q.uuid),
        'queue', celery_queue_of_channel(q.channel),
        'priority', q.priority,
        'eta', q.eta,
        'description', q.name,
        'res_model', q.model_name,
        'res_ids', (q.records #>> '{}')::jsonb -> 'ids'
    ) ORDER BY q.id) AS jobs,
    jsonb_build_object(
        'task', 'queue_job.perform',
        'priority', 10,
        'max_attempts', 10,
        'user_id', coalesce(q.user_id, 1),
        'company_id', q.company_id,
        'context', jsonb_build_object(),
        'correlation_id', %(correlation_id)s,
        'identity_scope', 'until_done'
    ) AS common
    FROM queue_job q
    WHERE q.id = ANY (%(ids)s) AND q.state IN ('pending', 'enqueued', 'started')
      AND NOT EXISTS (
          SELECT FROM celery_job c
          WHERE c.task = 'queue_job.perform' AND c.identity_key = q.uuid
            AND c.state NOT IN ('done', 'dead', 'cancelled')
      )
    GROUP BY q.user_id, q.company_id
) batch
CROSS JOIN LATERAL celery_job_enqueue(batch.jobs, batch.common)

-- name: put_back
-- Pending ones whose last celery.job failed or was cancelled: that one goes again, with its history.
UPDATE celery_job c
SET state = 'pending', queue = celery_queue_of_channel(q.channel), priority = q.priority, eta = NULL,
    date_finished = NULL, error = NULL, traceback = NULL, rescues = 0,
    max_attempts = c.attempt + 10, write_date = clock_timestamp() AT TIME ZONE 'utc'
FROM queue_job q
CROSS JOIN LATERAL (
    SELECT id, state FROM celery_job
    WHERE task = 'queue_job.perform' AND identity_key = q.uuid
    ORDER BY id DESC LIMIT 1
) newest
WHERE q.id = ANY (%(ids)s) AND q.state = 'pending'
  AND c.id = newest.id AND newest.state IN ('dead', 'cancelled')

-- name: follow
-- What was changed about a pending one. One that a worker has by now finds out there.
UPDATE celery_job c
SET queue = celery_queue_of_channel(q.channel), priority = q.priority, eta = q.eta,
    state = CASE WHEN c.state = 'scheduled' AND coalesce(q.eta, '-infinity') <= now() AT TIME ZONE 'utc'
            THEN 'pending' ELSE c.state END
FROM queue_job q
WHERE q.id = ANY (%(ids)s) AND q.state = 'pending'
  AND c.task = 'queue_job.perform' AND c.identity_key = q.uuid
  AND c.state IN ('pending', 'scheduled')
  AND (c.queue, c.priority, c.eta)
      IS DISTINCT FROM (celery_queue_of_channel(q.channel), q.priority, q.eta)

-- name: withdraw
-- They are not to run any more. One that a worker has may be the one that says so.
UPDATE celery_job c
SET state = 'cancelled', date_finished = clock_timestamp() AT TIME ZONE 'utc'
FROM queue_job q
WHERE q.id = ANY (%(ids)s)
  AND c.task = 'queue_job.perform' AND c.identity_key = q.uuid
  AND c.state IN ('pending', 'scheduled')

-- name: close
-- A person decided otherwise: what a worker says later is refused.
UPDATE celery_job c
SET state = 'cancelled', date_finished = clock_timestamp() AT TIME ZONE 'utc'
FROM queue_job q
WHERE q.id = ANY (%(ids)s)
  AND c.task = 'queue_job.perform' AND c.identity_key = q.uuid
  AND c.state NOT IN ('done', 'dead', 'cancelled')
