-- name: join
-- Whoever joins a job changes its row: a write-back that has begun meanwhile must begin anew.
UPDATE celery_job
SET notify = coalesce(notify, false) OR %(notify)s,
    write_uid = %(uid)s, write_date = clock_timestamp() AT TIME ZONE 'utc'
WHERE id = ANY (%(ids)s)
RETURNING id

-- name: note
UPDATE celery_job SET log = celery_job_log_tail(log, %(note)s)
WHERE id = ANY (%(ids)s)
RETURNING id

-- name: stored
-- Odoo counts bytes in 32 bits.
UPDATE ir_attachment SET file_size = least(%(size)s, 2147483647) WHERE id = %(id)s
