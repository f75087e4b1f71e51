-- name: insert_deliveries
-- Returns what is new; find_deliveries tells of the others. Keys go in
-- their own order, so that two gateways with the same events wait for one another and never in a
-- circle; deliveries in the order of their arrival.
WITH given AS (
    SELECT * FROM unnest(
        %(uuids)b::uuid[], %(sources)b::text[], %(event_ids)b::text[], %(bodies)b::bytea[],
        %(headers)b::text[], %(correlation_ids)b::text[], %(received_ats)b::timestamptz[],
        %(ordering_keys)b::text[], %(wanted)b::boolean[]
    ) WITH ORDINALITY AS one (
        uuid, source, event_id, body, headers, correlation_id, received_at, ordering_key, wanted,
        number
    )
), fresh AS (
    INSERT INTO delivery_key (source, event_id, uuid)
    SELECT source, event_id, uuid FROM given ORDER BY source, event_id
    ON CONFLICT (source, event_id) DO NOTHING
    RETURNING uuid
)
INSERT INTO delivery (
    uuid, source, event_id, body, headers, correlation_id, received_at, ordering_key, sealed,
    state, error, finished_at
)
SELECT uuid, source, event_id, body, headers::jsonb, correlation_id, received_at, ordering_key,
       %(sealed)b::boolean, CASE WHEN wanted THEN 'pending' ELSE 'cancelled' END,
       CASE WHEN wanted THEN '' ELSE 'The filter of the source left it out.' END,
       CASE WHEN wanted THEN NULL ELSE received_at END
FROM given JOIN fresh USING (uuid) ORDER BY number
RETURNING uuid::text;

-- name: find_deliveries
-- A key may outlive its delivery for a moment, while a day is dropped.
SELECT k.source, k.event_id, k.uuid::text, coalesce(d.correlation_id, '') AS correlation_id
FROM unnest(%(sources)b::text[], %(event_ids)b::text[]) AS wanted (source, event_id)
JOIN delivery_key AS k USING (source, event_id)
LEFT JOIN delivery AS d ON d.uuid = k.uuid;

-- name: load_delivery
SELECT uuid::text, source, event_id, body, correlation_id, received_at, headers, ordering_key, sealed
FROM delivery WHERE uuid = %(uuid)s;

-- name: finish_delivery
-- The fence: only the attempt that was handed out last, and only while it is in flight.
WITH finished AS (
    UPDATE delivery
    SET state = %(state)s, outcome = %(outcome)s, error = %(error)s, traceback = %(traceback)s,
        worker = %(worker)s, seconds = %(seconds)s,
        eta = CASE WHEN %(state)s = 'scheduled'
                   THEN now() + make_interval(secs => %(retry_in)s) END,
        finished_at = CASE WHEN %(state)s <> 'scheduled' THEN now() END,
        max_attempts = max_attempts + (%(state)s = 'scheduled' AND NOT %(counts)s)::integer
    WHERE uuid = %(uuid)s AND attempt = %(attempt)s AND state IN ('enqueued', 'started')
    RETURNING uuid, state, error
)
SELECT finished.uuid IS NOT NULL AS accepted,
       coalesce(finished.state, delivery.state) AS state,
       coalesce(finished.error, delivery.error) AS error
FROM delivery LEFT JOIN finished USING (uuid)
WHERE delivery.uuid = %(uuid)s;

-- name: tell_relay
SELECT pg_notify('delivery', '') WHERE EXISTS (SELECT FROM delivery WHERE state = 'pending');
