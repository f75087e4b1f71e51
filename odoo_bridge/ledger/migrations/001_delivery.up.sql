-- One inbound webhook call, stored before it was answered, and the job that it became.
CREATE TABLE delivery (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    uuid uuid NOT NULL UNIQUE,
    source text NOT NULL,
    event_id text NOT NULL,
    body bytea NOT NULL,
    headers jsonb NOT NULL DEFAULT '{}',
    correlation_id text NOT NULL DEFAULT '',
    state text NOT NULL DEFAULT 'pending' CHECK (
        state IN ('pending', 'scheduled', 'enqueued', 'started', 'done', 'dead', 'cancelled')
    ),
    attempt integer NOT NULL DEFAULT 0,
    max_attempts integer NOT NULL DEFAULT 8 CHECK (max_attempts > 0),
    eta timestamptz CHECK (eta IS NOT NULL OR state <> 'scheduled'),
    outcome jsonb,
    error text NOT NULL DEFAULT '',
    traceback text NOT NULL DEFAULT '',
    worker text NOT NULL DEFAULT '',
    seconds double precision NOT NULL DEFAULT 0,
    received_at timestamptz NOT NULL DEFAULT now(),
    claimed_at timestamptz,
    finished_at timestamptz,
    UNIQUE (source, event_id)
);

-- The claim reads these two alone, so its cost does not grow with what is finished or waits.
CREATE INDEX delivery_ready ON delivery (id) WHERE state = 'pending';
CREATE INDEX delivery_due ON delivery (eta) WHERE state = 'scheduled';
CREATE INDEX delivery_in_flight ON delivery (claimed_at) WHERE state IN ('enqueued', 'started');

CREATE FUNCTION delivery_notify() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NOTIFY delivery;
    RETURN NULL;
END
$$;

CREATE TRIGGER delivery_inserted AFTER INSERT ON delivery
    FOR EACH STATEMENT EXECUTE FUNCTION delivery_notify();

-- Take up to p_limit deliveries for an attempt, oldest first. SKIP LOCKED keeps several relays
-- from waiting for one another; jit off and a custom plan keep a claim at a few milliseconds
-- whatever ANALYZE thought last.
CREATE FUNCTION delivery_claim(p_limit integer)
RETURNS TABLE (
    uuid text, attempt integer, source text, event_id text, correlation_id text,
    max_attempts integer
)
LANGUAGE sql VOLATILE
SET jit = off SET enable_seqscan = off SET plan_cache_mode = force_custom_plan
AS $$
    UPDATE delivery SET state = 'pending', eta = NULL
    WHERE id IN (
        SELECT id FROM delivery WHERE state = 'scheduled' AND eta <= now()
        ORDER BY eta LIMIT p_limit FOR UPDATE SKIP LOCKED
    );
    WITH ready AS (
        SELECT id FROM delivery WHERE state = 'pending'
        ORDER BY id LIMIT p_limit FOR UPDATE SKIP LOCKED
    ), claimed AS (
        UPDATE delivery AS d
        SET state = 'enqueued', attempt = d.attempt + 1, claimed_at = now(), finished_at = NULL
        FROM ready WHERE d.id = ready.id
        RETURNING d.*
    )
    SELECT uuid::text, attempt, source, event_id, correlation_id, max_attempts
    FROM claimed ORDER BY id;
$$;
