-- name: note
-- Lines on the form of the job that a user asked for.
UPDATE celery_job
SET log = celery_job_log_tail(log, %(lines)s)
WHERE uuid = %(uuid)s AND user_id = %(user)s
