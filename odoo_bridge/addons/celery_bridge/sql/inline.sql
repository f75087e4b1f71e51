-- name: begin
-- Take one job for an attempt here and now: its eta and its keys do not matter, what it depends on
-- must be done. Two updates, for the table of moves knows no way from waiting to enqueued.
WITH ready AS (
    UPDATE celery_job job SET state = 'pending', eta = NULL
    WHERE job.id = %(id)s AND (
        job.state IN ('scheduled', 'parked')
        OR job.state = 'waiting' AND NOT EXISTS (
            SELECT FROM celery_job_edge e LEFT JOIN celery_job d ON d.id = e.dependency_id
            WHERE e.job_id = job.id AND (e.on_failure OR d.state IS DISTINCT FROM 'done')
        )
    )
    RETURNING job.id
)
SELECT id FROM ready UNION SELECT id FROM celery_job WHERE id = %(id)s AND state = 'pending'

-- name: claim
UPDATE celery_job
SET state = 'enqueued', attempt = attempt + 1, date_claimed = clock_timestamp() AT TIME ZONE 'utc'
WHERE id = %(id)s AND state = 'pending'
RETURNING celery_job_params(id, params), user_id, coalesce(context, '{}')
