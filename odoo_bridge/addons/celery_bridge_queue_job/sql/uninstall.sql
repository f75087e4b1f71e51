-- The trigger first: from here on a queue.job no longer follows its celery.job.
DROP FUNCTION IF EXISTS celery_queue_job_ended CASCADE;
DROP FUNCTION IF EXISTS celery_queue_of_channel CASCADE;
UPDATE celery_job SET state = 'cancelled', date_finished = clock_timestamp() AT TIME ZONE 'utc',
    error = 'The addon celery_bridge_queue_job was uninstalled.'
WHERE task = 'queue_job.perform' AND state NOT IN ('done', 'dead', 'cancelled');
DROP INDEX IF EXISTS celery_job_of_queue_job;
