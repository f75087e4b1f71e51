-- Odoo would take the constraint's index for the new one, which has its name. No row changes.
ALTER TABLE celery_price DROP CONSTRAINT IF EXISTS celery_price_key_unique;
ALTER TABLE celery_price_run DROP CONSTRAINT IF EXISTS celery_price_run_key_unique;
