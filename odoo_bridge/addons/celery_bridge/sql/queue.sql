-- name: figures
-- What people see of some queues. Nothing here grows with what waits: a figure is a few probes of an
-- index, or as many of its entries as one counts (%(most)s + 1). ORDER BY names the index, whatever the
-- statistics of a table say that fills and empties; and now() may bound a scan of it, while
-- clock_timestamp() only filters what it finds.
SELECT q.id,
    (SELECT count(*) FROM (
        SELECT FROM celery_job j WHERE j.state = 'pending' AND j.queue = q.name
        ORDER BY j.queue, j.priority, coalesce(j.rank, j.id), j.id LIMIT %(most)s + 1
    ) ready) AS pending,
    -- The first in line of each priority is the oldest of it.
    (WITH RECURSIVE first (priority, since) AS (
        (SELECT j.priority, greatest(j.create_date, j.eta) FROM celery_job j
         WHERE j.state = 'pending' AND j.queue = q.name
         ORDER BY j.queue, j.priority, coalesce(j.rank, j.id), j.id LIMIT 1)
        UNION ALL
        SELECT next.* FROM first f CROSS JOIN LATERAL (
            SELECT j.priority, greatest(j.create_date, j.eta) FROM celery_job j
            WHERE j.state = 'pending' AND j.queue = q.name AND j.priority > f.priority
            ORDER BY j.queue, j.priority, coalesce(j.rank, j.id), j.id LIMIT 1
        ) next
    ) SELECT extract(epoch FROM clock_timestamp() AT TIME ZONE 'utc' - min(since))::float8
      FROM (SELECT since FROM first LIMIT 100) AS oldest) AS oldest_seconds,
    coalesce(f.enqueued, 0) AS enqueued,
    coalesce(f.started, 0) AS started,
    (SELECT count(*) FROM (
        SELECT FROM celery_job j
        WHERE j.queue = q.name
          AND j.date_finished > now() AT TIME ZONE 'utc' - interval '1 minute'
        ORDER BY j.queue, j.date_finished LIMIT %(most)s + 1
    ) ended) AS ended_minute,
    (SELECT count(*) FROM (
        SELECT FROM celery_job j
        WHERE j.queue = q.name
          AND j.date_finished > now() AT TIME ZONE 'utc' - interval '1 hour'
        ORDER BY j.queue, j.date_finished LIMIT %(most)s + 1
    ) ended) AS ended_hour,
    (SELECT count(*) FROM (
        SELECT FROM celery_job j
        WHERE j.queue = q.name AND j.state = 'dead'
          AND j.date_finished > now() AT TIME ZONE 'utc' - interval '1 day'
        ORDER BY j.queue, j.date_finished LIMIT %(most)s + 1
    ) dead) AS dead_day
FROM celery_queue q
LEFT JOIN (
    -- At most the windows of all queues together.
    SELECT j.queue, count(*) FILTER (WHERE j.state = 'enqueued') AS enqueued,
           count(*) FILTER (WHERE j.state = 'started') AS started
    FROM (
        SELECT queue, state FROM celery_job WHERE state IN ('enqueued', 'started')
        ORDER BY date_claimed LIMIT 100000
    ) j GROUP BY j.queue
) f ON f.queue = q.name
WHERE q.id = ANY (%(ids)s)
