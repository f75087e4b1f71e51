-- Finds the celery.jobs of a queue.job, ended ones too.
CREATE INDEX IF NOT EXISTS celery_job_of_queue_job ON celery_job (identity_key, id)
WHERE task = 'queue_job.perform';

-- The queue that a channel's jobs go through: that of the channel, or of the nearest one above it,
-- as OCA's jobrunner looks for a channel (ChannelManager.get_channel_by_name, parent_fallback).
CREATE OR REPLACE FUNCTION celery_queue_of_channel(p_channel text) RETURNS text
LANGUAGE plpgsql STABLE
SET search_path = public, pg_temp
AS $$
DECLARE
    v_name text := CASE WHEN p_channel = 'root' OR starts_with(p_channel, 'root.')
                   THEN p_channel ELSE concat_ws('.', 'root', p_channel) END;
BEGIN
    RETURN coalesce((
        SELECT q.name FROM queue_job_channel c JOIN celery_queue q ON q.id = c.celery_queue_id
        WHERE c.complete_name = v_name OR starts_with(v_name, c.complete_name || '.')
        ORDER BY length(c.complete_name) DESC LIMIT 1
    ), 'root');
END
$$;

-- A celery.job ended and its queue.job does not know: a person cancelled the celery.job, it was a
-- poison pill, its worker did not know the task. One that Odoo performs this moment ends by itself.
CREATE OR REPLACE FUNCTION celery_queue_job_ended() RETURNS trigger
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
BEGIN
    UPDATE queue_job q
    SET state = CASE NEW.state WHEN 'dead' THEN 'failed' ELSE NEW.state END,
        exc_name = CASE NEW.state WHEN 'dead' THEN 'CeleryJobDead' ELSE q.exc_name END,
        exc_message = CASE NEW.state WHEN 'dead' THEN NEW.error ELSE q.exc_message END,
        exc_info = CASE NEW.state WHEN 'dead'
                   THEN coalesce(NEW.traceback, NEW.error) ELSE q.exc_info END,
        date_done = CASE NEW.state WHEN 'done' THEN NEW.date_finished ELSE q.date_done END,
        date_cancelled = CASE NEW.state WHEN 'cancelled' THEN NEW.date_finished
                         ELSE q.date_cancelled END
    WHERE q.uuid = NEW.identity_key
      AND (q.state IN ('pending', 'enqueued') OR q.state = 'started' AND NEW.state = 'dead')
      AND (
          q.id IN (
              SELECT queue_job_id FROM queue_job_lock WHERE queue_job_id = q.id
              FOR NO KEY UPDATE SKIP LOCKED
          )
          OR NOT EXISTS (SELECT FROM queue_job_lock WHERE queue_job_id = q.id)
      );
    RETURN NULL;
END
$$;

CREATE OR REPLACE TRIGGER celery_queue_job_ended AFTER UPDATE ON celery_job
FOR EACH ROW WHEN (
    NEW.task = 'queue_job.perform' AND OLD.state IS DISTINCT FROM NEW.state
    AND NEW.state IN ('done', 'dead', 'cancelled')
)
EXECUTE FUNCTION celery_queue_job_ended();
