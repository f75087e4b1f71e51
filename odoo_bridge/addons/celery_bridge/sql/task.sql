-- name: register
INSERT INTO celery_task (
    name, queue, schema, param_names, max_attempts, description, notify, last_seen,
    create_uid, create_date, write_uid, write_date
)
SELECT name, queue, schema, param_names, max_attempts, description, notify, now() AT TIME ZONE 'utc',
       %(uid)s, now() AT TIME ZONE 'utc', %(uid)s, now() AT TIME ZONE 'utc'
FROM jsonb_to_recordset(%(tasks)s) AS task (
    name text, queue text, schema jsonb, param_names jsonb, max_attempts integer, description text,
    notify boolean
)
ON CONFLICT (name) DO UPDATE
SET queue = excluded.queue, schema = excluded.schema, param_names = excluded.param_names,
    max_attempts = excluded.max_attempts, description = excluded.description,
    notify = excluded.notify, last_seen = excluded.last_seen,
    write_uid = excluded.write_uid, write_date = excluded.write_date

-- name: add_queues
INSERT INTO celery_queue (
    name, paused, window_size, create_uid, create_date, write_uid, write_date
)
SELECT name, false, 100, %(uid)s, now() AT TIME ZONE 'utc', %(uid)s, now() AT TIME ZONE 'utc'
FROM unnest(%(names)s::text[]) AS name
ON CONFLICT (name) DO NOTHING

-- name: add_builtin
INSERT INTO celery_task (name, queue, schema, max_attempts, description)
VALUES (
    %(name)s, 'default',
    '{"type": "object", "required": ["model", "method"], "additionalProperties": false, "properties": {
        "model": {"type": "string"}, "method": {"type": "string"},
        "ids": {"type": "array", "items": {"type": "integer"}},
        "args": {"type": "array"}, "kwargs": {"type": "object"}}}',
    5, 'Call a public method of some records, as the user who enqueued it'
)
ON CONFLICT (name) DO NOTHING

-- name: add_webhooks
INSERT INTO celery_task (name, queue, schema, max_attempts, description)
VALUES (
    %(name)s, 'outbound', '{"type": "object", "required": ["webhook", "event", "id", "at"]}', 16,
    'Send an event to a service that subscribed to it, signed'
)
ON CONFLICT (name) DO NOTHING

-- name: subscribe
INSERT INTO celery_event_subscription (
    event, task_id, active, declared, create_uid, create_date, write_uid, write_date
)
SELECT DISTINCT event, task.id, true, true,
       %(uid)s, now() AT TIME ZONE 'utc', %(uid)s, now() AT TIME ZONE 'utc'
FROM jsonb_to_recordset(%(tasks)s) AS given (name text, events jsonb)
JOIN celery_task task ON task.name = given.name
CROSS JOIN jsonb_array_elements_text(given.events) AS event
ON CONFLICT (event, task_id) DO UPDATE SET declared = true
WHERE NOT celery_event_subscription.declared

-- name: unsubscribe
DELETE FROM celery_event_subscription old
USING jsonb_to_recordset(%(tasks)s) AS given (name text, events jsonb), celery_task task
WHERE old.declared AND old.task_id = task.id AND task.name = given.name
  AND NOT given.events ? old.event
