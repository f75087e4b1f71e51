-- name: store
-- One statement: write what is new or changed, delete the quantities that are gone from the
-- products of this call, leave the rest untouched.
WITH incoming AS (
    SELECT * FROM unnest(%(products)s::integer[], %(quantities)s::float8[], %(prices)s::float8[])
        AS line (product_id, min_quantity, price)
), written AS (
    INSERT INTO celery_price AS kept (
        company_id, pricelist_id, product_id, min_quantity, price, currency_id, computed_at,
        create_uid, create_date, write_uid, write_date
    )
    SELECT %(company)s, %(pricelist)s, product_id, min_quantity, price, %(currency)s,
           clock_timestamp() AT TIME ZONE 'utc',
           %(uid)s, now() AT TIME ZONE 'utc', %(uid)s, now() AT TIME ZONE 'utc'
    FROM incoming
    ON CONFLICT (company_id, pricelist_id, product_id, min_quantity) DO UPDATE
    SET price = excluded.price, currency_id = excluded.currency_id,
        computed_at = excluded.computed_at,
        write_uid = excluded.write_uid, write_date = excluded.write_date
    WHERE (kept.price, kept.currency_id) IS DISTINCT FROM (excluded.price, excluded.currency_id)
    RETURNING 1
), deleted AS (
    DELETE FROM celery_price gone
    WHERE gone.company_id = %(company)s AND gone.pricelist_id = %(pricelist)s
      AND gone.product_id IN (SELECT product_id FROM incoming)
      AND NOT EXISTS (
          SELECT FROM incoming i
          WHERE i.product_id = gone.product_id AND i.min_quantity = gone.min_quantity
      )
    RETURNING 1
)
SELECT (SELECT count(*) FROM written), (SELECT count(*) FROM deleted)

-- name: prices
-- By product the price of the greatest quantity that is reached.
SELECT DISTINCT ON (product_id) product_id, price::float8
FROM celery_price
WHERE company_id = %(company)s AND pricelist_id = %(pricelist)s
  AND product_id = ANY(%(products)s) AND min_quantity <= %(quantity)s
ORDER BY product_id, min_quantity DESC

-- name: snapshot
SELECT pg_current_snapshot()::text

-- name: settle
INSERT INTO celery_price_run AS run (
    company_id, pricelist_id, user_id, seen, valid_until,
    create_uid, create_date, write_uid, write_date
)
VALUES (
    %(company)s, %(pricelist)s, %(user)s, %(seen)s::pg_snapshot::text, %(valid_until)s,
    %(user)s, now() AT TIME ZONE 'utc', %(user)s, now() AT TIME ZONE 'utc'
)
ON CONFLICT (company_id, pricelist_id) DO UPDATE
SET user_id = excluded.user_id, seen = excluded.seen, valid_until = excluded.valid_until,
    write_uid = excluded.write_uid, write_date = excluded.write_date

-- name: mark
-- In the transaction that changes: who does not see it yet does not see the change either.
-- A run that claims to have seen this transaction is of another PostgreSQL: the database was
-- restored, and numbers of transactions began anew.
WITH restored AS (
    DELETE FROM celery_price_run WHERE pg_visible_in_snapshot(pg_current_xact_id(), seen::pg_snapshot)
    RETURNING id
)
INSERT INTO celery_price_mark (xid, scope)
SELECT pg_current_xact_id()::text, scope::jsonb
FROM unnest(%(scopes)s) AS scope
WHERE EXISTS (SELECT FROM celery_price_run WHERE id NOT IN (SELECT id FROM restored))

-- name: marks
SELECT DISTINCT scope FROM celery_price_mark
WHERE NOT pg_visible_in_snapshot(xid::xid8, %(seen)s::pg_snapshot)
LIMIT %(limit)s

-- name: forget_marks
-- What every computed pricelist has seen.
DELETE FROM celery_price_mark mark
WHERE NOT EXISTS (
    SELECT FROM celery_price_run run
    WHERE NOT pg_visible_in_snapshot(mark.xid::xid8, run.seen::pg_snapshot)
)

-- name: forget
DELETE FROM celery_price
WHERE company_id = %(company)s AND pricelist_id = %(pricelist)s
  AND (product_id = ANY(%(products)s)) <> %(others)s
