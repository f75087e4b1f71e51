-- name: unfinished
-- What a person waits for: jobs of theirs in flight, and those that they want to be told of. At most
-- so many of each kind; the index is named by ORDER BY, see queue.sql.
(SELECT id FROM celery_job
 WHERE state IN ('enqueued', 'started') AND user_id = %(uid)s
 ORDER BY date_claimed LIMIT %(most)s)
UNION
(SELECT id FROM celery_job
 WHERE notify AND user_id = %(uid)s AND date_finished IS NULL
 ORDER BY user_id, date_finished LIMIT %(most)s)

-- name: ended
SELECT id FROM celery_job
WHERE notify AND user_id = %(uid)s AND state IN ('done', 'dead')
  AND date_finished >= %(since)s::timestamp - interval '1 minute'
ORDER BY user_id, date_finished DESC LIMIT %(most)s

-- name: now
SELECT to_char(clock_timestamp() AT TIME ZONE 'utc', 'YYYY-MM-DD HH24:MI:SS')

-- name: about_ids
SELECT id FROM celery_job
WHERE res_ids @> %(id)s::jsonb AND res_model = %(model)s
ORDER BY id DESC LIMIT 10000

-- name: about
SELECT count(*), count(*) FILTER (WHERE state NOT IN ('done', 'dead', 'cancelled'))
FROM (
    SELECT state FROM celery_job
    WHERE res_ids @> %(id)s::jsonb AND res_model = %(model)s
      AND (%(all)s OR user_id = %(uid)s)
      AND (company_id IS NULL OR company_id = ANY (%(companies)s))
    LIMIT %(most)s + 1
) job
