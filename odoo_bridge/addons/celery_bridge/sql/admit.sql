-- Concurrency keys. A key's room is taken by its pending jobs and those in flight.

-- Admit the first parked jobs of some keys, as far as each key has room. Those of paused queues stay
-- out: they would hold a key that others could use. An admitted job stands behind all that is ready
-- by then (rank), so keys take turns instead of the one with the oldest jobs going first for ever.
CREATE OR REPLACE FUNCTION celery_job_admit(p_keys text[]) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    v_candidates integer[];
BEGIN
    SELECT array_agg(c.id) INTO v_candidates
    FROM (
        SELECT first.id, first.room,
               row_number() OVER (PARTITION BY k.key ORDER BY first.priority, first.id) AS place
        FROM (
            SELECT key, (
                SELECT count(*)::integer FROM celery_job j
                WHERE j.concurrency_key = key AND j.state IN ('pending', 'enqueued', 'started')
            ) AS taken
            FROM unnest(p_keys) AS key
        ) k
        CROSS JOIN LATERAL celery_job_parked_queues(k.key) AS q (queue)
        CROSS JOIN LATERAL (
            SELECT j.concurrency_limit FROM celery_job j
            WHERE j.state = 'parked' AND j.concurrency_key = k.key AND j.queue = q.queue
            ORDER BY j.priority, j.id LIMIT 1
        ) head
        CROSS JOIN LATERAL (
            SELECT j.id, j.priority, j.concurrency_limit - k.taken AS room FROM celery_job j
            WHERE j.state = 'parked' AND j.concurrency_key = k.key AND j.queue = q.queue
            ORDER BY j.priority, j.id LIMIT greatest(head.concurrency_limit - k.taken, 0)
        ) first
    ) c
    WHERE c.place <= c.room;
    IF v_candidates IS NULL THEN
        RETURN;
    END IF;

    WITH locked AS (
        SELECT id FROM celery_job WHERE id = ANY (v_candidates) AND state = 'parked'
        FOR UPDATE SKIP LOCKED
    ), admitted AS (
        UPDATE celery_job j SET state = 'pending', rank = next.rank
        FROM locked, (SELECT nextval('celery_job_id_seq')::integer AS rank OFFSET 0) next
        WHERE j.id = locked.id
    )
    -- Someone holds a candidate locked: look at its key again.
    INSERT INTO celery_job_wake (key)
    SELECT DISTINCT j.concurrency_key FROM celery_job j
    WHERE j.id = ANY (v_candidates) AND j.id NOT IN (SELECT id FROM locked);
END
$$;

-- The queues, not paused, that a key has parked jobs in: one probe of the index each.
CREATE OR REPLACE FUNCTION celery_job_parked_queues(p_key text) RETURNS SETOF text
LANGUAGE sql STABLE
AS $$
    WITH RECURSIVE parked (queue) AS (
        (SELECT j.queue FROM celery_job j WHERE j.state = 'parked' AND j.concurrency_key = p_key
         ORDER BY j.queue LIMIT 1)
        UNION ALL
        SELECT (
            SELECT j.queue FROM celery_job j
            WHERE j.state = 'parked' AND j.concurrency_key = p_key AND j.queue > p.queue
            ORDER BY j.queue LIMIT 1
        )
        FROM parked p WHERE p.queue IS NOT NULL
    )
    SELECT p.queue FROM parked p
    WHERE p.queue IS NOT NULL
      AND NOT EXISTS (SELECT FROM celery_queue q WHERE q.name = p.queue AND q.paused)
$$;

-- Pending jobs of a queue that was paused meanwhile give their keys back.
CREATE OR REPLACE FUNCTION celery_job_park_paused() RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM celery_queue WHERE paused) THEN
        RETURN;
    END IF;
    UPDATE celery_job SET state = 'parked'
    WHERE id IN (
        SELECT first.id FROM celery_queue q
        CROSS JOIN LATERAL (
            SELECT j.id FROM celery_job j
            WHERE j.state = 'pending' AND j.concurrency_key IS NOT NULL AND j.queue = q.name
            LIMIT 1000 FOR UPDATE SKIP LOCKED
        ) first
        WHERE q.paused
    );
END
$$;

REVOKE ALL ON FUNCTION celery_job_admit(text[]) FROM PUBLIC;
REVOKE ALL ON FUNCTION celery_job_parked_queues(text) FROM PUBLIC;
REVOKE ALL ON FUNCTION celery_job_park_paused() FROM PUBLIC;
