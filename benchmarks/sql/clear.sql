-- Rows are deleted, not truncated: the peer's runner learns of it by its trigger.
WITH ours AS (DELETE FROM celery_job RETURNING 1), peers AS (DELETE FROM queue_job RETURNING 1)
SELECT (SELECT count(*) FROM ours) AS ours, (SELECT count(*) FROM peers) AS peers
