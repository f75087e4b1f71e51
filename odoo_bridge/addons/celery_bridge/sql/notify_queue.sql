-- A queue that was opened or widened makes jobs claimable at once; the wake row sweeps the keys.
CREATE OR REPLACE FUNCTION celery_queue_notify() RETURNS trigger
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
BEGIN
    INSERT INTO celery_job_wake DEFAULT VALUES;
    PERFORM pg_notify('celery_job', '');
    RETURN NULL;
END
$$;

CREATE OR REPLACE TRIGGER celery_queue_notify AFTER INSERT OR UPDATE ON celery_queue
FOR EACH STATEMENT EXECUTE FUNCTION celery_queue_notify();
