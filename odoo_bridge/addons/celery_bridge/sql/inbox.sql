-- name: add
INSERT INTO celery_inbox (source_id, key, create_uid, create_date, write_uid, write_date)
VALUES (%(source_id)s, %(key)s, %(uid)s, now() AT TIME ZONE 'utc', %(uid)s, now() AT TIME ZONE 'utc')
ON CONFLICT (source_id, key) DO NOTHING
RETURNING id

-- name: keep_results
UPDATE celery_inbox SET results = %(results)s::jsonb WHERE id = %(id)s

-- name: first_results
SELECT results FROM celery_inbox WHERE source_id = %(source_id)s AND key = %(key)s
