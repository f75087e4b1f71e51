-- name: add_days
-- Partitions for today and the week to come.
SELECT delivery_add_day((now() AT TIME ZONE 'UTC')::date + ahead)
FROM generate_series(0, 7) AS ahead;

-- name: old_days
SELECT to_date(right(relname, 8), 'YYYYMMDD') AS day
FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
WHERE inhparent = 'delivery'::regclass AND relname ~ '^delivery_[0-9]{8}$'
  AND to_date(right(relname, 8), 'YYYYMMDD') < (now() AT TIME ZONE 'UTC')::date - %(keep_days)s
ORDER BY day;

-- name: forget_keys
-- Before its day is dropped, as this takes its time and locks nobody out.
WITH gone AS (
    SELECT source, event_id, uuid FROM delivery
    WHERE uuid >= delivery_uuid_at(%(day)s::timestamp AT TIME ZONE 'UTC')
      AND uuid < delivery_uuid_at((%(day)s::date + 1)::timestamp AT TIME ZONE 'UTC')
      AND state IN ('done', 'cancelled') AND finished_at < %(ended)s
)
DELETE FROM delivery_key AS k USING gone
WHERE k.source = gone.source AND k.event_id = gone.event_id AND k.uuid = gone.uuid;

-- name: drop_day
SELECT delivery_drop_day(%(day)s, %(ended)s);

-- name: prune_other
-- What belongs to no day is deleted row by row.
WITH gone AS (
    DELETE FROM delivery_other
    WHERE state IN ('done', 'cancelled') AND finished_at < %(ended)s
    RETURNING source, event_id, uuid
), forgotten AS (
    DELETE FROM delivery_key AS k USING gone
    WHERE k.source = gone.source AND k.event_id = gone.event_id AND k.uuid = gone.uuid
)
SELECT count(*) AS deliveries FROM gone;

-- name: standing
SELECT * FROM delivery_standing();
