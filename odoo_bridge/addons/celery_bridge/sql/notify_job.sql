-- NOTIFY celery_job when a job may have become claimable: one is ready or will be (pending,
-- scheduled), or one has ended and left room in its queue's window. Delivered at commit; PostgreSQL
-- folds all of a transaction into one. The claim's own promotion notifies too, which makes the
-- relay look once more for what it did not promote.
CREATE OR REPLACE FUNCTION celery_job_notify() RETURNS trigger
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
BEGIN
    IF EXISTS (
        SELECT FROM changed
        WHERE state IN ('pending', 'scheduled', 'done', 'dead', 'cancelled')
    ) THEN
        PERFORM pg_notify('celery_job', '');
    END IF;
    RETURN NULL;
END
$$;

CREATE OR REPLACE TRIGGER celery_job_notify_insert AFTER INSERT ON celery_job
REFERENCING NEW TABLE AS changed
FOR EACH STATEMENT EXECUTE FUNCTION celery_job_notify();

-- Not UPDATE OF state: PostgreSQL allows no transition table beside a list of columns.
CREATE OR REPLACE TRIGGER celery_job_notify_update AFTER UPDATE ON celery_job
REFERENCING NEW TABLE AS changed
FOR EACH STATEMENT EXECUTE FUNCTION celery_job_notify();
