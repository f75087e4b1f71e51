-- Odoo names its connections by its pid, and the peer holds a row's lock while a job runs.
SELECT DISTINCT substring(a.application_name FROM '^odoo-(\d+)$')::integer AS pid
FROM pg_locks l JOIN pg_stat_activity a USING (pid)
WHERE l.relation = 'queue_job_lock'::regclass AND a.state = 'idle in transaction'
  AND a.application_name ~ '^odoo-\d+$'
