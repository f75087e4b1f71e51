-- name: progress
SELECT count(*) FILTER (WHERE state IN ('done', 'dead', 'cancelled')) AS finished,
       count(*) FILTER (WHERE state IN ('enqueued', 'started')) AS in_flight
FROM celery_job WHERE task LIKE 'chaos.%%'

-- name: known
SELECT id FROM celery_job WHERE task LIKE 'chaos.%%' AND params ->> 'name' = %(name)s

-- name: in_flight
SELECT id FROM celery_job WHERE task LIKE 'chaos.%%' AND state IN ('enqueued', 'started')

-- name: next_done
-- Seconds from a moment until the next job was done.
SELECT extract(epoch FROM min(date_finished))::float8 - %(at)s AS seconds
FROM celery_job
WHERE task LIKE 'chaos.%%' AND state = 'done'
  AND date_finished > to_timestamp(%(at)s) AT TIME ZONE 'utc'

-- name: last_done
-- Seconds from a moment until the last of these jobs was done, of those that never fail.
SELECT extract(epoch FROM max(date_finished))::float8 - %(at)s AS seconds
FROM celery_job
WHERE id = ANY (%(ids)s) AND NOT (params ->> 'fails')::boolean
  AND date_finished > to_timestamp(%(at)s) AT TIME ZONE 'utc'

-- name: history
-- Attempts that came to nothing, by why.
SELECT entry ->> 'error' AS error, count(*) AS attempts
FROM celery_job, jsonb_array_elements(history) AS entry
WHERE task LIKE 'chaos.%%' GROUP BY 1 ORDER BY 2 DESC

-- name: ends
SELECT state, coalesce(error, '') AS error, (params ->> 'permanent')::boolean AS permanent,
       count(*) AS jobs
FROM celery_job WHERE task LIKE 'chaos.%%' GROUP BY 1, 2, 3 ORDER BY 4 DESC

-- name: lost
-- Done without its effect.
SELECT params ->> 'name' AS name FROM celery_job
WHERE task LIKE 'chaos.%%' AND state = 'done'
  AND NOT EXISTS (SELECT FROM res_bank WHERE res_bank.name = params ->> 'name')

-- name: doubled
SELECT name, count(*) AS effects FROM res_bank
WHERE name LIKE 'chaos-%%' GROUP BY 1 HAVING count(*) > 1

-- name: undone
-- An effect of a job that is not done.
SELECT res_bank.name FROM res_bank JOIN celery_job ON params ->> 'name' = res_bank.name
WHERE task LIKE 'chaos.%%' AND celery_job.state <> 'done'
