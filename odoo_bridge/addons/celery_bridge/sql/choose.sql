-- Which jobs a claim takes: priority, room and rate of each queue, a fair share between queues.
--
-- While a long transaction is open, PostgreSQL keeps the index entries of all jobs that were claimed
-- since, and a claim would step over every one of them. So it remembers, for its session, where it
-- has come to. Most looks go on from there (the marks of
-- each queue and priority; what lies between two marks is looked at as well). What may turn up behind
-- a mark (a job of a transaction that took its time to commit, or that was rescued) is found by a
-- full look, which is taken so seldom that it costs a tenth of the time, and always while it is cheap.
CREATE OR REPLACE FUNCTION celery_job_choose(p_limit integer, p_now timestamp) RETURNS integer[]
LANGUAGE plpgsql
AS $$
#variable_conflict use_column
DECLARE
    v_memory jsonb := coalesce(nullif(current_setting('celery_job.memory', true), ''), '{}');
    v_now float8 := extract(epoch FROM p_now);
    v_dear boolean := coalesce((v_memory ->> 'dear')::boolean, false);
    v_full boolean := NOT v_dear OR v_now >= (v_memory ->> 'full_at')::float8;
    v_before bigint := pg_stat_get_xact_tuples_returned('celery_job_ready_ranked'::regclass);
    v_stepped bigint;
    v_ids integer[];
    v_oldest timestamp;
    v_marks jsonb;
BEGIN
    WITH RECURSIVE ready (queue) AS (
        -- The queues that have a ready job, one probe of the index each.
        (SELECT j.queue FROM celery_job j
         WHERE v_full AND j.state = 'pending' ORDER BY j.queue LIMIT 1)
        UNION ALL
        SELECT (
            SELECT j.queue FROM celery_job j
            WHERE j.state = 'pending' AND j.queue > r.queue ORDER BY j.queue LIMIT 1
        )
        FROM ready r WHERE r.queue IS NOT NULL
    ), mark AS (
        SELECT m.queue, m.priority, m.rank, m.id
        FROM jsonb_to_recordset(v_memory -> 'marks')
            AS m (queue text, priority integer, rank integer, id integer)
    ), stretch AS (
        -- What to look at of a queue: all, or up to its first mark and from each mark to the next.
        SELECT r.queue, -2147483648 AS priority, -2147483648 AS rank, 0 AS id, 2147483647 AS upto
        FROM ready r WHERE r.queue IS NOT NULL
        UNION ALL
        SELECT m.queue, -2147483648, -2147483648, 0, min(m.priority) - 1
        FROM mark m WHERE NOT v_full GROUP BY m.queue
        UNION ALL
        SELECT m.queue, m.priority, m.rank, m.id, coalesce(
            lead(m.priority) OVER (PARTITION BY m.queue ORDER BY m.priority) - 1, 2147483647
        )
        FROM mark m WHERE NOT v_full
    ), in_flight AS (
        -- Only a claim stamps date_claimed, one at a time: none is older than the oldest last time.
        SELECT j.queue, count(*) AS jobs, min(j.date_claimed) AS oldest FROM celery_job j
        WHERE j.state IN ('enqueued', 'started')
          AND j.date_claimed >= coalesce((v_memory ->> 'oldest')::timestamp, '-infinity')
        GROUP BY j.queue
    ), open_queue AS (
        -- A queue without a row is open with the default window: a job is never lost for it.
        SELECT s.queue, greatest(least(
            coalesce(q.window_size, 100) - coalesce(f.jobs, 0),
            floor(celery_queue_tokens(q.name, q.rate, q.burst, p_now))
        ), 0)::integer AS room
        FROM (SELECT DISTINCT queue FROM stretch) s
        LEFT JOIN celery_queue q ON q.name = s.queue
        LEFT JOIN in_flight f ON f.queue = s.queue
        WHERE NOT coalesce(q.paused, false)
    ), candidate AS (
        SELECT first.id, o.queue, o.room, first.priority, first.rank, row_number() OVER (
            PARTITION BY o.queue ORDER BY first.priority, first.rank, first.id
        ) AS place
        FROM open_queue o
        JOIN stretch s ON s.queue = o.queue
        CROSS JOIN LATERAL (
            SELECT j.id, j.priority, coalesce(j.rank, j.id) AS rank FROM celery_job j
            WHERE j.state = 'pending' AND j.queue = o.queue
              AND (j.priority, coalesce(j.rank, j.id), j.id) >= (s.priority, s.rank, s.id)
              AND j.priority <= s.upto
            ORDER BY j.priority, coalesce(j.rank, j.id), j.id LIMIT least(o.room, p_limit)
        ) first
    ), share AS (
        SELECT ceil(p_limit / greatest(count(*), 1)::numeric) AS jobs FROM open_queue WHERE room > 0
    ), chosen AS (
        -- First every queue's share, then whatever fills the rest.
        SELECT c.id FROM candidate c, share s
        WHERE c.place <= c.room
        ORDER BY c.place > s.jobs, c.priority, c.rank, c.id LIMIT p_limit
    )
    SELECT (SELECT array_agg(c.id) FROM chosen c), (SELECT min(f.oldest) FROM in_flight f), (
        SELECT jsonb_agg(jsonb_build_object(
            'queue', m.queue, 'priority', m.priority, 'rank', m.rank, 'id', m.id
        ))
        FROM (
            SELECT DISTINCT ON (known.queue, known.priority) known.*
            FROM (
                SELECT c.queue, c.priority, c.rank, c.id, 1 AS age FROM candidate c
                UNION ALL
                -- Of this priority nothing is left: that is worth knowing, too.
                SELECT m.queue, m.priority, m.rank, m.id, 2 FROM mark m
            ) known
            ORDER BY known.queue, known.priority, known.age, known.rank, known.id
        ) m
        WHERE v_dear
    )
    INTO v_ids, v_oldest, v_marks;

    -- A thousand entries are a millisecond, ten thousand of them a tenth of a second of rest.
    v_stepped := pg_stat_get_xact_tuples_returned('celery_job_ready_ranked'::regclass) - v_before;
    PERFORM set_config('celery_job.memory', jsonb_build_object(
        'oldest', coalesce(v_oldest, p_now),
        'dear', CASE WHEN v_full THEN v_stepped > 1000 + 10 * p_limit ELSE v_dear END,
        'full_at', CASE WHEN NOT v_full THEN v_memory -> 'full_at'
                   ELSE to_jsonb(v_now + (v_marks IS NOT NULL)::integer * v_stepped * 1e-5) END,
        'marks', coalesce(v_marks, '[]')
    )::text, false);
    RETURN v_ids;
END
$$;

REVOKE ALL ON FUNCTION celery_job_choose(integer, timestamp) FROM PUBLIC;
