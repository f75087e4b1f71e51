-- What a change of a job means for others: wake rows for the claim, and a NOTIFY celery_job when one
-- may have become claimable. All that writes jobs passes here, so no wake-up depends on its author.
CREATE OR REPLACE FUNCTION celery_job_notify() RETURNS trigger
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
BEGIN
    -- Delivered at commit; PostgreSQL folds all of a transaction into one. The claim's own
    -- promotion notifies too: the relay then looks once more for what it did not promote.
    IF NOT EXISTS (SELECT FROM changed WHERE state NOT IN ('enqueued', 'started')) THEN
        RETURN NULL;
    END IF;
    PERFORM pg_notify('celery_job', '');
    -- A keyed job that stands aside now: its key may have room, for itself or for others.
    INSERT INTO celery_job_wake (key)
    SELECT DISTINCT concurrency_key FROM changed
    WHERE concurrency_key IS NOT NULL
      AND state IN ('parked', 'scheduled', 'done', 'dead', 'cancelled');
    IF TG_OP = 'UPDATE' THEN
        INSERT INTO celery_job_wake (job_id)
        SELECT c.id FROM changed c
        WHERE c.state = 'waiting'
           OR c.state IN ('done', 'dead', 'cancelled') AND EXISTS (
               SELECT FROM celery_job_edge e WHERE e.dependency_id = c.id AND NOT e.settled
           );
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
