-- name: look_at_deliveries
-- Where deliveries stand, in the order of their arrival; times in seconds.
SELECT uuid::text, source, event_id, state, attempt, error, outcome,
       extract(epoch FROM coalesce(finished_at, now()) - received_at)::float8 - seconds AS seconds_waiting,
       seconds AS seconds_running
FROM delivery WHERE uuid = ANY(%(uuids)s::uuid[]) ORDER BY id;
