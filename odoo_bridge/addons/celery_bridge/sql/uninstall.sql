DROP FUNCTION IF EXISTS celery_job_claim(integer);
-- CASCADE takes the triggers along.
DROP FUNCTION IF EXISTS celery_job_notify() CASCADE;
DROP FUNCTION IF EXISTS celery_queue_notify() CASCADE;
