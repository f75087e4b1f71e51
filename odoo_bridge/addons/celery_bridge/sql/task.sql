-- name: register
INSERT INTO celery_task (
    name, queue, schema, max_attempts, description, last_seen,
    create_uid, create_date, write_uid, write_date
)
SELECT name, queue, schema, max_attempts, description, now() AT TIME ZONE 'utc',
       %(uid)s, now() AT TIME ZONE 'utc', %(uid)s, now() AT TIME ZONE 'utc'
FROM jsonb_to_recordset(%(tasks)s) AS task (
    name text, queue text, schema jsonb, max_attempts integer, description text
)
ON CONFLICT (name) DO UPDATE
SET queue = excluded.queue, schema = excluded.schema, max_attempts = excluded.max_attempts,
    description = excluded.description, last_seen = excluded.last_seen,
    write_uid = excluded.write_uid, write_date = excluded.write_date

-- name: add_queues
INSERT INTO celery_queue (
    name, paused, window_size, create_uid, create_date, write_uid, write_date
)
SELECT name, false, 100, %(uid)s, now() AT TIME ZONE 'utc', %(uid)s, now() AT TIME ZONE 'utc'
FROM unnest(%(names)s::text[]) AS name
ON CONFLICT (name) DO NOTHING
