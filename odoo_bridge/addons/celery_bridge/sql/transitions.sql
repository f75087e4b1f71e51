-- Refuse a move that the table of states does not know, whoever tries it.
-- A legal move costs the comparison only; the function is called to say no.
CREATE OR REPLACE FUNCTION celery_job_refuse_move() RETURNS trigger
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION 'job % cannot move from % to %', OLD.uuid, OLD.state, NEW.state
    USING ERRCODE = 'check_violation', TABLE = 'celery_job', CONSTRAINT = 'celery_job_move';
END
$$;

CREATE OR REPLACE TRIGGER celery_job_move BEFORE UPDATE ON celery_job
FOR EACH ROW WHEN (
    OLD.state IS DISTINCT FROM NEW.state
    AND (OLD.state || '>' || NEW.state) <> ALL ('{moves}'::text[])
)
EXECUTE FUNCTION celery_job_refuse_move();
