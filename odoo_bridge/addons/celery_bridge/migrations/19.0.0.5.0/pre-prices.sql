ALTER TABLE celery_price
    DROP CONSTRAINT IF EXISTS celery_price_company_id_fkey,
    DROP CONSTRAINT IF EXISTS celery_price_pricelist_id_fkey,
    DROP CONSTRAINT IF EXISTS celery_price_product_id_fkey,
    DROP CONSTRAINT IF EXISTS celery_price_currency_id_fkey,
    DROP COLUMN IF EXISTS create_uid,
    DROP COLUMN IF EXISTS create_date,
    DROP COLUMN IF EXISTS write_uid,
    DROP COLUMN IF EXISTS write_date;
