-- What is deleted takes its computed prices along: a statement's all at once. Foreign keys would do
-- it, and look up four records for each price that is stored.
CREATE OR REPLACE FUNCTION celery_price_cascade() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('DELETE FROM celery_price WHERE %I IN (SELECT id FROM gone)', TG_ARGV[0]);
    RETURN NULL;
END $$;

-- Made once: it locks these tables against writing until the update commits.
DO $$
DECLARE
    named record;
BEGIN
    FOR named IN
        SELECT * FROM (VALUES
            ('product_product', 'product_id'),
            ('product_pricelist', 'pricelist_id'),
            ('res_company', 'company_id')
        ) AS named (parent, child)
        WHERE NOT EXISTS (
            SELECT FROM pg_trigger
            WHERE tgrelid = parent::regclass AND tgname = 'celery_price_cascade'
        )
    LOOP
        EXECUTE format(
            'CREATE TRIGGER celery_price_cascade AFTER DELETE ON %I REFERENCING OLD TABLE AS gone '
            'FOR EACH STATEMENT EXECUTE FUNCTION celery_price_cascade(%L)',
            named.parent, named.child
        );
    END LOOP;
END $$;
