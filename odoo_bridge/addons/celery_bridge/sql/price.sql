-- name: store
-- One statement: write what is new or changed, delete the quantities that are gone from the
-- products of this call, leave the rest untouched.
WITH incoming AS (
    SELECT * FROM unnest(%(products)s::integer[], %(quantities)s::float8[], %(prices)s::float8[])
        AS line (product_id, min_quantity, price)
), written AS (
    INSERT INTO celery_price AS kept (
        pricelist_id, product_id, min_quantity, price, currency_id, computed_at,
        create_uid, create_date, write_uid, write_date
    )
    SELECT %(pricelist)s, product_id, min_quantity, price, %(currency)s,
           clock_timestamp() AT TIME ZONE 'utc',
           %(uid)s, now() AT TIME ZONE 'utc', %(uid)s, now() AT TIME ZONE 'utc'
    FROM incoming
    ON CONFLICT (pricelist_id, product_id, min_quantity) DO UPDATE
    SET price = excluded.price, currency_id = excluded.currency_id,
        computed_at = excluded.computed_at,
        write_uid = excluded.write_uid, write_date = excluded.write_date
    WHERE (kept.price, kept.currency_id) IS DISTINCT FROM (excluded.price, excluded.currency_id)
    RETURNING 1
), deleted AS (
    DELETE FROM celery_price gone
    WHERE gone.pricelist_id = %(pricelist)s
      AND gone.product_id IN (SELECT product_id FROM incoming)
      AND NOT EXISTS (
          SELECT FROM incoming i
          WHERE i.product_id = gone.product_id AND i.min_quantity = gone.min_quantity
      )
    RETURNING 1
)
SELECT (SELECT count(*) FROM written), (SELECT count(*) FROM deleted)
