-- name: note
INSERT INTO celery_storing (key, uuid, attempt) VALUES (%(key)s, %(uuid)s, %(attempt)s)
ON CONFLICT DO NOTHING

-- name: ended
-- Attempts that have ended, in this transaction: what they stored and no attachment has taken.
WITH ended AS (
    DELETE FROM celery_storing s
    USING unnest(%(uuids)s::text[], %(attempts)s::integer[]) AS a (uuid, attempt)
    WHERE s.uuid = a.uuid AND s.attempt = a.attempt
    RETURNING s.key
)
SELECT key FROM ended
WHERE NOT EXISTS (SELECT FROM celery_stored_file f WHERE f.key = ended.key)

-- name: left
-- What attempts stored that were lost or cancelled. After a day: a lost one may still be writing.
WITH ended AS (
    DELETE FROM celery_storing s
    WHERE s.noted_at < clock_timestamp() AT TIME ZONE 'utc' - interval '1 day'
      AND NOT EXISTS (
          SELECT FROM celery_job j
          WHERE j.uuid = s.uuid AND j.attempt = s.attempt AND j.state IN ('enqueued', 'started')
      )
    RETURNING s.key
)
SELECT key FROM ended
WHERE NOT EXISTS (SELECT FROM celery_stored_file f WHERE f.key = ended.key)
