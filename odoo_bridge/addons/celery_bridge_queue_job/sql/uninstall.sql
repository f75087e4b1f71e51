-- The trigger first: from here on a queue.job no longer follows its celery.job.
DROP FUNCTION IF EXISTS celery_queue_job_ended CASCADE;
DROP FUNCTION IF EXISTS celery_queue_of_channel CASCADE;
UPDATE celery_job SET state = 'cancelled', date_finished = clock_timestamp() AT TIME ZONE 'utc',
    error = 'The addon celery_bridge_queue_job was uninstalled.'
WHERE task = 'queue_job.perform' AND state NOT IN ('done', 'dead', 'cancelled');
DROP INDEX IF EXISTS celery_job_of_queue_job;
-- Odoo's note of a foreign key to another addon's table has no external id, so it would stay.
DELETE FROM ir_model_constraint WHERE name = 'queue_job_channel_celery_queue_id_fkey';
