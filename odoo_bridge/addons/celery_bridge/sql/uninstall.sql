DROP FUNCTION IF EXISTS celery_job_claim(integer);
DROP FUNCTION IF EXISTS celery_job_in_flight();
DROP FUNCTION IF EXISTS celery_job_rescue(text[], integer[]);
DROP FUNCTION IF EXISTS celery_job_history(jsonb, integer, timestamp, float8, text, text);
DROP FUNCTION IF EXISTS celery_job_log_tail(text, text);
-- CASCADE takes the triggers along.
DROP FUNCTION IF EXISTS celery_job_refuse_move() CASCADE;
DROP FUNCTION IF EXISTS celery_job_notify() CASCADE;
DROP FUNCTION IF EXISTS celery_queue_notify() CASCADE;
