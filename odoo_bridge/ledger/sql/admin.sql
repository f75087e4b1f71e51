-- name: list_deliveries
-- The newest first; body and headers stay where they are. In braces: the conditions of admin.py.
SELECT uuid::text, source, event_id, ordering_key, state, attempt, max_attempts, eta, received_at,
       finished_at, correlation_id, error, outcome
FROM delivery WHERE {where} ORDER BY uuid DESC LIMIT %(limit)s;

-- name: show_delivery
SELECT uuid::text, source, event_id, ordering_key, state, attempt, max_attempts, eta, received_at,
       claimed_at, finished_at, seconds, worker, correlation_id, error, traceback, outcome, headers,
       body, sealed
FROM delivery WHERE uuid = %(uuid)s;

-- name: replay_deliveries
-- All its attempts again: docs/adr/0004.
WITH replayed AS (
    UPDATE delivery
    SET state = 'pending', eta = NULL, finished_at = NULL, error = '', traceback = '', rescues = 0,
        max_attempts = attempt + 8
    WHERE {where}
    RETURNING uuid
), notified AS (
    SELECT pg_notify('delivery', '') FROM replayed LIMIT 1
)
SELECT replayed.uuid::text FROM replayed LEFT JOIN notified ON true;

-- name: discard_deliveries
UPDATE delivery SET state = 'cancelled', eta = NULL, finished_at = now(), error = %(reason)s
WHERE {where}
RETURNING uuid::text;
