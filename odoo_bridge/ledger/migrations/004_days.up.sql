-- A partition for each day, so that old deliveries are dropped and not deleted row by row. The key
-- is the uuid, whose first 48 bits are the time of its making (version 7, RFC 9562): a delivery is
-- found in its day by its uuid alone. delivery_other holds what no day does. docs/adr/0010.
CREATE SEQUENCE delivery_number;

CREATE TABLE delivery_new (
    id bigint NOT NULL DEFAULT nextval('delivery_number'),
    uuid uuid NOT NULL,
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
    rescues integer NOT NULL DEFAULT 0,
    ordering_key text NOT NULL DEFAULT '',
    sealed boolean NOT NULL DEFAULT false
) PARTITION BY RANGE (uuid);
ALTER SEQUENCE delivery_number OWNED BY delivery_new.id;
-- Out of line, so that a change of state does not write the body again; and as it came, since to
-- compress two kilobytes costs more than all else that happens to them here.
ALTER TABLE delivery_new ALTER body SET STORAGE EXTERNAL;

CREATE TABLE delivery_other PARTITION OF delivery_new DEFAULT;

INSERT INTO delivery_new (
    id, uuid, source, event_id, body, headers, correlation_id, state, attempt, max_attempts, eta,
    outcome, error, traceback, worker, seconds, received_at, claimed_at, finished_at, rescues
)
SELECT id, uuid, source, event_id, body, headers, correlation_id, state, attempt, max_attempts, eta,
       outcome, error, traceback, worker, seconds, received_at, claimed_at, finished_at, rescues
FROM delivery;
SELECT setval('delivery_number', (SELECT coalesce(max(id), 0) + 1 FROM delivery), false);

-- What makes an event one delivery, whatever its day.
CREATE TABLE delivery_key (
    source text NOT NULL,
    event_id text NOT NULL,
    uuid uuid NOT NULL,
    PRIMARY KEY (source, event_id)
);
INSERT INTO delivery_key (source, event_id, uuid) SELECT source, event_id, uuid FROM delivery;

DROP TABLE delivery;
ALTER TABLE delivery_new RENAME TO delivery;
ALTER TABLE delivery ADD CONSTRAINT delivery_pkey PRIMARY KEY (uuid);
CREATE INDEX delivery_ready ON delivery (id) WHERE state = 'pending';
CREATE INDEX delivery_due ON delivery (eta) WHERE state = 'scheduled';
CREATE INDEX delivery_in_flight ON delivery (claimed_at) WHERE state IN ('enqueued', 'started');
CREATE INDEX delivery_dead ON delivery (id) WHERE state = 'dead';

CREATE TRIGGER delivery_inserted AFTER INSERT ON delivery
    FOR EACH STATEMENT EXECUTE FUNCTION delivery_notify();

-- As before, by uuid: the id says the order and is unique in no index.
CREATE OR REPLACE FUNCTION delivery_claim(p_limit integer)
RETURNS TABLE (
    uuid text, attempt integer, source text, event_id text, correlation_id text,
    max_attempts integer
)
LANGUAGE sql VOLATILE
SET jit = off SET enable_seqscan = off SET plan_cache_mode = force_custom_plan
AS $$
    WITH due AS (
        SELECT uuid FROM delivery WHERE state = 'scheduled' AND eta <= now()
        ORDER BY eta LIMIT p_limit FOR UPDATE SKIP LOCKED
    )
    UPDATE delivery AS d SET state = 'pending', eta = NULL FROM due WHERE d.uuid = due.uuid;
    WITH ready AS (
        SELECT uuid FROM delivery WHERE state = 'pending'
        ORDER BY id LIMIT p_limit FOR UPDATE SKIP LOCKED
    ), claimed AS (
        UPDATE delivery AS d
        SET state = 'enqueued', attempt = d.attempt + 1, claimed_at = now(), finished_at = NULL
        FROM ready WHERE d.uuid = ready.uuid
        RETURNING d.*
    )
    SELECT uuid::text, attempt, source, event_id, correlation_id, max_attempts
    FROM claimed ORDER BY id;
$$;

CREATE OR REPLACE FUNCTION delivery_rescue(
    p_uuids text[], p_attempts integer[], p_begun boolean DEFAULT true
)
RETURNS TABLE (uuid text, state text)
LANGUAGE sql VOLATILE
SET jit = off SET enable_seqscan = off SET plan_cache_mode = force_custom_plan
AS $$
    WITH orphan AS (
        SELECT d.uuid, d.rescues + p_begun::integer AS rescues,
               p_begun AND d.rescues >= 3 AS poisonous
        FROM unnest(p_uuids, p_attempts) AS lost (uuid, attempt)
        JOIN delivery AS d ON d.uuid = lost.uuid::uuid AND d.attempt = lost.attempt
        WHERE d.state IN ('enqueued', 'started')
        FOR UPDATE OF d SKIP LOCKED
    ), rescued AS (
        UPDATE delivery AS d
        SET state = CASE WHEN poisonous THEN 'dead' ELSE 'pending' END,
            error = CASE WHEN poisonous
                    THEN format('The worker was lost %s times while it ran this job.', orphan.rescues)
                    ELSE d.error END,
            finished_at = CASE WHEN poisonous THEN now() END,
            rescues = orphan.rescues,
            max_attempts = d.max_attempts + (NOT poisonous)::integer
        FROM orphan WHERE d.uuid = orphan.uuid
        RETURNING d.uuid::text, d.state
    ), notified AS (
        SELECT pg_notify('delivery', '') FROM rescued LIMIT 1
    )
    SELECT rescued.* FROM rescued LEFT JOIN notified ON true;
$$;

-- The least uuid of version 7 that is made at this time.
CREATE FUNCTION delivery_uuid_at(p_at timestamptz) RETURNS uuid
LANGUAGE sql IMMUTABLE
AS $$
    SELECT (lpad(to_hex((extract(epoch FROM p_at) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid;
$$;

-- Make the partition of a day (UTC), unless it is there. What came before it was made stands in
-- delivery_other and moves.
CREATE FUNCTION delivery_add_day(p_day date) RETURNS void
LANGUAGE plpgsql
SET lock_timeout = '2s'
AS $$
DECLARE
    v_name text := 'delivery_' || to_char(p_day, 'YYYYMMDD');
    v_from uuid := delivery_uuid_at(p_day::timestamp AT TIME ZONE 'UTC');
    v_to uuid := delivery_uuid_at((p_day + 1)::timestamp AT TIME ZONE 'UTC');
BEGIN
    IF to_regclass(v_name) IS NOT NULL THEN
        RETURN;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('odoo-fabric delivery days'));
    IF to_regclass(v_name) IS NOT NULL THEN
        RETURN;
    END IF;
    EXECUTE format('CREATE TABLE %I (LIKE delivery INCLUDING ALL EXCLUDING INDEXES)', v_name);
    LOCK TABLE delivery_other IN ACCESS EXCLUSIVE MODE;
    EXECUTE format(
        'WITH moved AS (DELETE FROM delivery_other WHERE uuid >= %L AND uuid < %L RETURNING *)
         INSERT INTO %I SELECT * FROM moved', v_from, v_to, v_name
    );
    EXECUTE format(
        'ALTER TABLE delivery ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', v_name, v_from, v_to
    );
END
$$;

-- Drop a day. What has not ended well, or did so after p_ended, moves to delivery_other.
CREATE FUNCTION delivery_drop_day(p_day date, p_ended timestamptz) RETURNS void
LANGUAGE plpgsql
SET lock_timeout = '2s'
AS $$
DECLARE
    v_name text := 'delivery_' || to_char(p_day, 'YYYYMMDD');
BEGIN
    EXECUTE format('ALTER TABLE delivery DETACH PARTITION %I', v_name);
    EXECUTE format(
        'INSERT INTO delivery SELECT * FROM %I
         WHERE state NOT IN (''done'', ''cancelled'') OR finished_at >= %L', v_name, p_ended
    );
    EXECUTE format('DROP TABLE %I', v_name);
END
$$;

-- What is not done, by source and state. Reads the partial indexes alone.
CREATE FUNCTION delivery_standing()
RETURNS TABLE (source text, state text, deliveries bigint, oldest_seconds float8)
LANGUAGE sql STABLE
SET jit = off SET enable_seqscan = off
AS $$
    SELECT source, state, count(*), extract(epoch FROM now() - min(received_at))::float8
    FROM (
        SELECT source, state, received_at FROM delivery WHERE state = 'pending'
        UNION ALL SELECT source, state, received_at FROM delivery WHERE state = 'scheduled'
        UNION ALL
        SELECT source, state, received_at FROM delivery WHERE state IN ('enqueued', 'started')
        UNION ALL SELECT source, state, received_at FROM delivery WHERE state = 'dead'
    ) AS open
    GROUP BY source, state ORDER BY source, state;
$$;
