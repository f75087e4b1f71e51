-- Store jobs: one call, one insert, whatever their number. p_jobs is a list of objects with the
-- columns of celery_job, and depends_on, on_failure_of: lists of UUIDs, in this call or before it.
-- What p_common says holds for all that do not say otherwise. Returns the id for each job in order,
-- of another job where an identity key is taken. A job without a UUID is given one, unless its id has
-- to be found again: with an identity key or edges. create_uid stays empty, for its foreign key is
-- dear; user_id says who it was.
CREATE OR REPLACE FUNCTION celery_job_enqueue(p_jobs jsonb, p_common jsonb)
RETURNS SETOF integer
LANGUAGE plpgsql
SET search_path = public, pg_temp
SET jit = off
SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
DECLARE
    v_now timestamp := clock_timestamp() AT TIME ZONE 'utc';
    v_ids integer[];
BEGIN
    IF jsonb_path_exists(p_jobs, '$[*].identity_key') THEN
        PERFORM celery_job_free_identities(p_jobs, v_now);
    END IF;
    WITH inserted AS (
        INSERT INTO celery_job (
            uuid, task, queue, params, state, priority, eta, attempt, max_attempts, rescues,
            user_id, company_id, context, description, correlation_id, res_model, res_ids,
            identity_key, identity_scope, identity_until, concurrency_key, concurrency_limit,
            notify, create_date, write_date
        )
        SELECT coalesce(j.uuid, gen_random_uuid()::text), coalesce(j.task, c.task), coalesce(j.queue, c.queue), j.params,
               CASE WHEN coalesce(j.depends_on, j.on_failure_of) IS NOT NULL THEN 'waiting'
                    WHEN coalesce(j.eta, c.eta) > v_now THEN 'scheduled'
                    WHEN j.concurrency_key IS NOT NULL THEN 'parked'
                    ELSE 'pending' END,
               coalesce(j.priority, c.priority), coalesce(j.eta, c.eta),
               0, coalesce(j.max_attempts, c.max_attempts), 0,
               c.user_id, c.company_id, c.context, coalesce(j.description, c.description),
               c.correlation_id, coalesce(j.res_model, c.res_model), coalesce(j.res_ids, c.res_ids),
               j.identity_key,
               CASE WHEN j.identity_key IS NOT NULL
                    THEN coalesce(j.identity_scope, c.identity_scope) END,
               CASE WHEN j.identity_key IS NOT NULL
                    THEN v_now + coalesce(j.identity_seconds, c.identity_seconds)
                               * interval '1 second' END,
               j.concurrency_key, coalesce(j.concurrency_limit, c.concurrency_limit, 1),
               coalesce(j.notify, c.notify),
               now() AT TIME ZONE 'utc', now() AT TIME ZONE 'utc'
        FROM jsonb_to_recordset(p_jobs) AS j (
            uuid text, task text, queue text, params jsonb, priority integer, eta timestamp,
            max_attempts integer, description text, res_model text, res_ids jsonb,
            identity_key text, identity_scope text, identity_seconds float8,
            concurrency_key text, concurrency_limit integer, depends_on jsonb, on_failure_of jsonb,
            notify boolean
        ), jsonb_to_record(p_common) AS c (
            task text, queue text, priority integer, eta timestamp, max_attempts integer,
            user_id integer, company_id integer, context jsonb, description text,
            correlation_id text, res_model text, res_ids jsonb, identity_scope text,
            identity_seconds float8, concurrency_limit integer, notify boolean
        )
        ON CONFLICT (task, identity_key) WHERE {identity_held}
        DO NOTHING
        RETURNING id
    )
    SELECT array_agg(id) INTO v_ids FROM inserted;
    IF coalesce(cardinality(v_ids), 0) < jsonb_array_length(p_jobs) THEN
        v_ids := celery_job_identified(p_jobs, p_common);
    END IF;
    IF jsonb_path_exists(p_jobs, '$[*] ? (exists (@.depends_on) || exists (@.on_failure_of))') THEN
        PERFORM celery_job_connect(p_jobs, v_ids);
    END IF;
    RETURN QUERY SELECT unnest(v_ids);
END
$$;

-- A window that is over no longer holds its key.
CREATE OR REPLACE FUNCTION celery_job_free_identities(p_jobs jsonb, p_now timestamp)
RETURNS void
LANGUAGE sql
AS $$
    UPDATE celery_job SET identity_until = NULL
    WHERE identity_scope = 'window' AND identity_until <= p_now AND state <> 'cancelled'
      AND identity_key = ANY (
          SELECT j.identity_key FROM jsonb_to_recordset(p_jobs) AS j (identity_key text)
      )
$$;

-- The id for each job, where some keys were taken: the job that holds it. 'replace' gives that one
-- the newest params and eta, and it acts as who gave them. REPEATABLE READ raises a serialization failure by itself when the
-- holder is younger than the snapshot; READ COMMITTED must say so when it has just let go.
CREATE OR REPLACE FUNCTION celery_job_identified(p_jobs jsonb, p_common jsonb) RETURNS integer[]
LANGUAGE plpgsql
AS $$
DECLARE
    v_ids integer[];
BEGIN
    SELECT array_agg(coalesce(own.id, holder.id) ORDER BY j.place) INTO v_ids
    FROM ROWS FROM (jsonb_to_recordset(p_jobs) AS (uuid text, task text, identity_key text))
        WITH ORDINALITY AS j (uuid, task, identity_key, place)
    CROSS JOIN jsonb_to_record(p_common) AS c (task text)
    LEFT JOIN celery_job own ON own.uuid = j.uuid
    LEFT JOIN (SELECT * FROM celery_job WHERE {identity_held}) holder
        ON own.id IS NULL AND holder.identity_key = j.identity_key
        AND holder.task = coalesce(j.task, c.task);
    IF array_position(v_ids, NULL) IS NOT NULL THEN
        RAISE EXCEPTION 'the holder of an identity key has just let go of it'
        USING ERRCODE = 'serialization_failure';
    END IF;
    UPDATE celery_job holder
    SET params = newest.params, user_id = newest.user_id, company_id = newest.company_id,
        context = newest.context, correlation_id = newest.correlation_id,
        write_uid = newest.user_id, write_date = clock_timestamp() AT TIME ZONE 'utc',
        description = coalesce(newest.description, holder.description),
        eta = CASE WHEN holder.state IN ('scheduled', 'waiting')
              THEN coalesce(newest.eta, holder.eta) ELSE holder.eta END
    FROM (
        SELECT DISTINCT ON (id) id, j.uuid, j.params, coalesce(j.eta, c.eta) AS eta,
               coalesce(j.description, c.description) AS description,
               c.user_id, c.company_id, c.context, c.correlation_id
        FROM ROWS FROM (
            jsonb_to_recordset(p_jobs) AS (
                uuid text, params jsonb, eta timestamp, description text, identity_scope text
            ),
            unnest(v_ids)
        ) WITH ORDINALITY AS j (uuid, params, eta, description, identity_scope, id, place),
        jsonb_to_record(p_common) AS c (
            eta timestamp, description text, identity_scope text, user_id integer,
            company_id integer, context jsonb, correlation_id text
        )
        WHERE coalesce(j.identity_scope, c.identity_scope) = 'replace'
        ORDER BY id, place DESC
    ) newest
    WHERE holder.id = newest.id AND holder.uuid <> newest.uuid
      AND holder.identity_scope = 'replace';
    RETURN v_ids;
END
$$;

-- The edges of a graph. A job that is not new keeps its own. Who waits on a job that was there before
-- asks the claim to look at it: that one may have ended already.
CREATE OR REPLACE FUNCTION celery_job_connect(p_jobs jsonb, p_ids integer[]) RETURNS void
LANGUAGE sql
AS $$
    WITH given AS (
        SELECT j.*, stored.uuid = j.uuid AS is_new
        FROM ROWS FROM (
            jsonb_to_recordset(p_jobs) AS (uuid text, depends_on jsonb, on_failure_of jsonb),
            unnest(p_ids)
        ) AS j (uuid, depends_on, on_failure_of, id)
        JOIN celery_job stored ON stored.id = j.id
    ), named AS (
        SELECT g.id, d.uuid, d.place, false AS on_failure
        FROM given g, jsonb_array_elements_text(g.depends_on) WITH ORDINALITY AS d (uuid, place)
        WHERE g.is_new
        UNION ALL
        SELECT g.id, d.uuid, d.place, true
        FROM given g, jsonb_array_elements_text(g.on_failure_of) WITH ORDINALITY AS d (uuid, place)
        WHERE g.is_new
    ), edge AS (
        SELECT n.id AS job_id, coalesce(g.id, before.id) AS dependency_id, n.place - 1 AS place,
               n.on_failure, coalesce(g.is_new, false) AS is_new
        FROM named n
        LEFT JOIN given g ON g.uuid = n.uuid
        LEFT JOIN celery_job before ON g.id IS NULL AND before.uuid = n.uuid
    ), connected AS (
        INSERT INTO celery_job_edge (job_id, dependency_id, place, on_failure)
        SELECT job_id, dependency_id, place, on_failure FROM edge
    )
    INSERT INTO celery_job_wake (job_id) SELECT DISTINCT job_id FROM edge WHERE NOT is_new
$$;

REVOKE ALL ON FUNCTION celery_job_enqueue(jsonb, jsonb) FROM PUBLIC;
REVOKE ALL ON FUNCTION celery_job_free_identities(jsonb, timestamp) FROM PUBLIC;
REVOKE ALL ON FUNCTION celery_job_identified(jsonb, jsonb) FROM PUBLIC;
REVOKE ALL ON FUNCTION celery_job_connect(jsonb, integer[]) FROM PUBLIC;
