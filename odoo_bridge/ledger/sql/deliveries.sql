-- name: insert_deliveries
-- What is there already is left out of the answer; find_deliveries tells its uuid.
INSERT INTO delivery (uuid, source, event_id, body, headers, correlation_id, received_at)
SELECT * FROM unnest(
    %(uuids)s::uuid[], %(sources)s::text[], %(event_ids)s::text[], %(bodies)s::bytea[],
    %(headers)s::jsonb[], %(correlation_ids)s::text[], %(received_ats)s::timestamptz[]
)
ON CONFLICT (source, event_id) DO NOTHING
RETURNING uuid::text, source, event_id, correlation_id;

-- name: find_deliveries
SELECT d.uuid::text, d.source, d.event_id, d.correlation_id
FROM unnest(%(sources)s::text[], %(event_ids)s::text[]) AS wanted (source, event_id)
JOIN delivery AS d USING (source, event_id);

-- name: load_delivery
SELECT uuid::text, source, event_id, body, correlation_id, received_at, headers
FROM delivery WHERE uuid = %(uuid)s;

-- name: finish_delivery
-- The fence: only the attempt that was handed out last, and only while it is in flight.
WITH finished AS (
    UPDATE delivery
    SET state = %(state)s, outcome = %(outcome)s, error = %(error)s, traceback = %(traceback)s,
        worker = %(worker)s, seconds = %(seconds)s,
        eta = CASE WHEN %(state)s = 'scheduled'
                   THEN now() + make_interval(secs => %(retry_in)s) END,
        max_attempts = max_attempts + (%(state)s = 'scheduled' AND NOT %(counts)s)::integer,
        finished_at = CASE WHEN %(state)s <> 'scheduled' THEN now() END
    WHERE uuid = %(uuid)s AND attempt = %(attempt)s AND state IN ('enqueued', 'started')
    RETURNING uuid, state, error
)
SELECT finished.uuid IS NOT NULL AS accepted,
       coalesce(finished.state, delivery.state) AS state,
       coalesce(finished.error, delivery.error) AS error
FROM delivery LEFT JOIN finished USING (uuid)
WHERE delivery.uuid = %(uuid)s;
