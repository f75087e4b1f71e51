-- A stand-in for the addon: the relay's functions of docs/reference/protocol.md over the barest of tables.
CREATE TABLE IF NOT EXISTS celery_job (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    uuid text NOT NULL,
    state text NOT NULL DEFAULT 'pending',
    attempt integer NOT NULL DEFAULT 0
);
CREATE OR REPLACE FUNCTION celery_job_claim(p_limit integer)
RETURNS TABLE (
    uuid text, attempt integer, task text, queue text, params jsonb, user_id integer,
    context jsonb, correlation_id text, max_attempts integer, priority integer
) LANGUAGE sql AS $$
    UPDATE celery_job AS j SET state = 'enqueued', attempt = j.attempt + 1
    FROM (
        SELECT id FROM celery_job WHERE state = 'pending'
        ORDER BY id LIMIT p_limit FOR UPDATE SKIP LOCKED
    ) AS ready
    WHERE j.id = ready.id
    RETURNING j.uuid, j.attempt, 'demo.task', 'default', '{"rows": 3}'::jsonb, 7,
              '{"lang": "en_US"}'::jsonb, 'c-1', 5, 10;
$$;
CREATE OR REPLACE FUNCTION celery_job_in_flight()
RETURNS TABLE (uuid text, attempt integer, queue text, state text, claimed_seconds float8)
LANGUAGE sql AS $$
    SELECT uuid, attempt, 'default', state, 0::float8 FROM celery_job WHERE state = 'enqueued'
$$;
CREATE OR REPLACE FUNCTION celery_job_rescue(
    p_uuids text[], p_attempts integer[], p_begun boolean
)
RETURNS TABLE (uuid text, state text) LANGUAGE sql AS $$
    UPDATE celery_job AS j SET state = 'pending'
    FROM unnest(p_uuids, p_attempts) AS lost (uuid, attempt)
    WHERE j.uuid = lost.uuid AND j.attempt = lost.attempt AND j.state = 'enqueued'
    RETURNING j.uuid, j.state
$$;
CREATE OR REPLACE FUNCTION celery_job_notify() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN NOTIFY celery_job; RETURN NULL; END $$;
CREATE OR REPLACE TRIGGER celery_job_inserted AFTER INSERT ON celery_job
    FOR EACH STATEMENT EXECUTE FUNCTION celery_job_notify();
