-- A date is NULL for prices of now. A key has '-infinity' in its place, for there PostgreSQL takes no
-- NULL for the same as another (before version 15): %(day)s is either.

-- name: touch
-- Whoever stores prices of a pricelist changes its row first. So of two who do at once the second
-- fails by a serialization failure, and Odoo runs it again. None is changed where the day is kept
-- as another time zone has it.
INSERT INTO celery_price_run AS run (
    company_id, pricelist_id, date, zone, user_id,
    create_uid, create_date, write_uid, write_date
)
VALUES (
    %(company)s, %(pricelist)s, NULLIF(%(day)s::date, '-infinity'), %(zone)s, %(user)s,
    %(user)s, now() AT TIME ZONE 'utc', %(user)s, now() AT TIME ZONE 'utc'
)
ON CONFLICT (company_id, pricelist_id, COALESCE(date, '-infinity')) DO UPDATE
SET write_uid = excluded.write_uid, write_date = excluded.write_date
WHERE run.zone IS NOT DISTINCT FROM excluded.zone

-- name: store
-- One statement: write what is new or changed, delete the quantities that are gone, leave the rest
-- untouched. A full join because the planner cannot take a nested loop for it, however little it
-- knows of the table; and flags, because it takes half of them to be true, but an id for hardly ever
-- missing. Products that are gone by now get no prices; the others are locked as a foreign key
-- would lock them.
WITH incoming AS MATERIALIZED (
    SELECT * FROM unnest(%(products)s::integer[], %(quantities)s::float8[], %(prices)s::float8[])
        AS line (product_id, min_quantity, price)
), kept AS (
    SELECT id, product_id, min_quantity, price, currency_id
    FROM celery_price
    WHERE company_id = %(company)s AND pricelist_id = %(pricelist)s
      AND COALESCE(date, '-infinity') = %(day)s::date
      AND product_id > %(after)s AND product_id <= %(to)s
      AND (%(whole)s OR product_id IN (SELECT product_id FROM incoming))
), differing AS MATERIALIZED (
    SELECT kept.id, product_id, min_quantity, incoming.price,
           incoming.product_id IS NULL AS gone, kept.id IS NULL AS added
    FROM incoming FULL JOIN kept USING (product_id, min_quantity)
    WHERE (incoming.price, %(currency)s) IS DISTINCT FROM (kept.price, kept.currency_id)
), present AS (
    SELECT id FROM product_product
    WHERE id IN (SELECT product_id FROM differing WHERE added)
    FOR KEY SHARE
), inserted AS (
    INSERT INTO celery_price (
        company_id, pricelist_id, date, product_id, min_quantity, price, currency_id, computed_at
    )
    SELECT %(company)s, %(pricelist)s, NULLIF(%(day)s::date, '-infinity'), product_id,
           min_quantity, price, %(currency)s, statement_timestamp() AT TIME ZONE 'utc'
    FROM differing JOIN present ON present.id = product_id
    WHERE added
    RETURNING 1
), updated AS (
    UPDATE celery_price
    SET price = differing.price, currency_id = %(currency)s,
        computed_at = statement_timestamp() AT TIME ZONE 'utc'
    FROM differing
    WHERE celery_price.id = differing.id AND NOT gone AND NOT added
    RETURNING 1
), deleted AS (
    DELETE FROM celery_price USING differing
    WHERE celery_price.id = differing.id AND gone
    RETURNING 1
)
SELECT (SELECT count(*) FROM incoming),
       (SELECT count(*) FROM inserted) + (SELECT count(*) FROM updated),
       (SELECT count(*) FROM deleted)

-- name: prices
-- By product the price of the greatest quantity that is reached.
SELECT DISTINCT ON (product_id) product_id, price
FROM celery_price
WHERE company_id = %(company)s AND pricelist_id = %(pricelist)s
  AND COALESCE(date, '-infinity') = %(day)s::date
  AND product_id = ANY(%(products)s) AND min_quantity <= %(quantity)s
ORDER BY product_id, min_quantity DESC

-- name: snapshot
SELECT pg_current_snapshot()::text

-- name: settle
INSERT INTO celery_price_run AS run (
    company_id, pricelist_id, date, zone, user_id, seen, valid_until,
    create_uid, create_date, write_uid, write_date
)
VALUES (
    %(company)s, %(pricelist)s, NULLIF(%(day)s::date, '-infinity'), %(zone)s,
    %(user)s, %(seen)s::pg_snapshot::text, %(valid_until)s,
    %(user)s, now() AT TIME ZONE 'utc', %(user)s, now() AT TIME ZONE 'utc'
)
ON CONFLICT (company_id, pricelist_id, COALESCE(date, '-infinity')) DO UPDATE
SET user_id = excluded.user_id, seen = excluded.seen, valid_until = excluded.valid_until,
    write_uid = excluded.write_uid, write_date = excluded.write_date
WHERE run.zone IS NOT DISTINCT FROM excluded.zone AND (run.seen IS NOT NULL OR run.job IS NULL)

-- name: later
-- Of two snapshots the later one has the greater xmax or, where that is the same, fewer transactions
-- that were in progress.
SELECT EXISTS (
    SELECT FROM celery_price_run run,
        LATERAL (VALUES (run.seen::pg_snapshot), (run.job_seen::pg_snapshot)) AS other (seen)
    WHERE company_id = %(company)s AND pricelist_id = %(pricelist)s
      AND COALESCE(date, '-infinity') = %(day)s::date
      AND (pg_snapshot_xmax(other.seen), -(SELECT count(*) FROM pg_snapshot_xip(other.seen)))
        > (pg_snapshot_xmax(%(seen)s::pg_snapshot),
           -(SELECT count(*) FROM pg_snapshot_xip(%(seen)s::pg_snapshot)))
)

-- name: claim
-- What the job took in an earlier attempt, and nobody else since, stays as it is. Prices of a day in
-- another time zone are not read back any more.
INSERT INTO celery_price_run AS run (
    company_id, pricelist_id, date, zone, user_id, job, job_seen, done_to,
    create_uid, create_date, write_uid, write_date
)
SELECT %(company)s, pricelist, NULLIF(%(day)s::date, '-infinity'), %(zone)s,
       %(user)s, %(job)s, pg_current_snapshot()::text, 0,
       %(user)s, now() AT TIME ZONE 'utc', %(user)s, now() AT TIME ZONE 'utc'
FROM unnest(%(pricelists)s::integer[]) AS pricelist
ON CONFLICT (company_id, pricelist_id, COALESCE(date, '-infinity')) DO UPDATE
SET user_id = excluded.user_id, job = excluded.job, job_seen = excluded.job_seen, done_to = 0,
    seen = CASE WHEN run.zone IS NOT DISTINCT FROM excluded.zone THEN run.seen END,
    zone = excluded.zone,
    write_uid = excluded.write_uid, write_date = excluded.write_date
WHERE run.job IS DISTINCT FROM excluded.job

-- name: claimed
SELECT pricelist_id, CASE WHEN job_seen IS NOT NULL THEN done_to END
FROM celery_price_run
WHERE company_id = %(company)s AND pricelist_id = ANY(%(pricelists)s)
  AND COALESCE(date, '-infinity') = %(day)s::date AND job = %(job)s

-- name: advance
-- From here on nobody reads the pricelist back. What an earlier attempt has stored holds as long as
-- that one said, if that is less.
UPDATE celery_price_run
SET seen = NULL, done_to = %(to)s,
    valid_until = LEAST(CASE WHEN %(after)s > 0 THEN valid_until END, %(valid_until)s::timestamp)
WHERE company_id = %(company)s AND pricelist_id = %(pricelist)s
  AND COALESCE(date, '-infinity') = %(day)s::date
  AND job = %(job)s AND job_seen IS NOT NULL AND done_to = %(after)s

-- name: is_of
SELECT EXISTS (
    SELECT FROM celery_price_run
    WHERE company_id = %(company)s AND pricelist_id = %(pricelist)s
      AND COALESCE(date, '-infinity') = %(day)s::date AND job = %(job)s
)

-- name: finish
-- Whether something changed since the job claimed the pricelist.
WITH done AS (
    UPDATE celery_price_run
    SET seen = job_seen, job_seen = NULL, seconds = %(seconds)s
    WHERE company_id = %(company)s AND pricelist_id = %(pricelist)s
      AND COALESCE(date, '-infinity') = %(day)s::date AND job = %(job)s
    RETURNING seen, valid_until
)
SELECT EXISTS (
    SELECT FROM celery_price_mark mark
    WHERE NOT pg_visible_in_snapshot(mark.xid::xid8, done.seen::pg_snapshot)
), valid_until
FROM done

-- name: collect_runs
-- What no job will go on with: nobody reads its half back. A dead job may still be put back.
WITH lost AS (
    UPDATE celery_price_run run SET job = NULL, job_seen = NULL, done_to = 0
    WHERE job_seen IS NOT NULL AND NOT EXISTS (
        SELECT FROM celery_job job
        WHERE job.uuid = run.job AND job.state NOT IN ('done', 'cancelled')
    )
)
DELETE FROM celery_price_run
WHERE (seen IS NULL AND job_seen IS NULL) OR date < (now() AT TIME ZONE 'utc')::date - 1

-- name: collect
-- Prices of days that are past, wherever one is; and those that were stored while their product,
-- pricelist or company was being deleted.
DELETE FROM celery_price price
WHERE date < (now() AT TIME ZONE 'utc')::date - 1
   OR NOT EXISTS (SELECT FROM product_product WHERE id = price.product_id)
   OR NOT EXISTS (SELECT FROM product_pricelist WHERE id = price.pricelist_id)
   OR NOT EXISTS (SELECT FROM res_company WHERE id = price.company_id)

-- name: mark
-- In the transaction that changes: who does not see it yet does not see the change either. Also when
-- nobody keeps prices: a job may be claiming a pricelist just now. Answers which companies keep some,
-- with a user each.
-- A run that claims to have seen this transaction is of another PostgreSQL: the database was
-- restored, and numbers of transactions began anew.
WITH restored AS (
    DELETE FROM celery_price_run
    WHERE pg_visible_in_snapshot(pg_current_xact_id(), seen::pg_snapshot)
       OR pg_visible_in_snapshot(pg_current_xact_id(), job_seen::pg_snapshot)
    RETURNING id
), marked AS (
    INSERT INTO celery_price_mark (xid, scope)
    SELECT pg_current_xact_id()::text, scope::jsonb
    FROM unnest(%(scopes)s) AS scope
)
SELECT DISTINCT ON (run.company_id) run.company_id, run.user_id
FROM celery_price_run run JOIN res_company company ON company.id = run.company_id AND company.active
WHERE (seen IS NOT NULL OR job_seen IS NOT NULL) AND run.id NOT IN (SELECT id FROM restored)
ORDER BY run.company_id, run.pricelist_id, run.id

-- name: marks
SELECT DISTINCT scope FROM celery_price_mark
WHERE NOT pg_visible_in_snapshot(xid::xid8, %(seen)s::pg_snapshot)
LIMIT %(limit)s

-- name: forget_marks
-- What every computed pricelist has seen, and every job that computes one.
DELETE FROM celery_price_mark mark
WHERE NOT EXISTS (
    SELECT FROM celery_price_run run
    WHERE NOT pg_visible_in_snapshot(mark.xid::xid8, run.seen::pg_snapshot)
       OR NOT pg_visible_in_snapshot(mark.xid::xid8, run.job_seen::pg_snapshot)
)

-- name: forget
DELETE FROM celery_price
WHERE company_id = %(company)s AND pricelist_id = %(pricelist)s
  AND COALESCE(date, '-infinity') = %(day)s::date
  AND (product_id = ANY(%(products)s)) <> %(others)s
