-- All that a database holds besides the rows of people's records: what an addon may leave behind.
SELECT 'function ' || p.oid::regprocedure FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace
UNION ALL
SELECT 'relation ' || c.relname || ' ' || c.relkind::text FROM pg_class c
WHERE c.relnamespace = 'public'::regnamespace
UNION ALL
SELECT 'column ' || a.attrelid::regclass || '.' || a.attname || ' ' || a.atttypid::regtype
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
UNION ALL
SELECT 'trigger ' || t.tgrelid::regclass || ' ' || t.tgname FROM pg_trigger t WHERE NOT t.tgisinternal
UNION ALL
SELECT 'constraint ' || c.conrelid::regclass || ' ' || pg_get_constraintdef(c.oid)
FROM pg_constraint c WHERE c.connamespace = 'public'::regnamespace
UNION ALL
SELECT 'type ' || t.typname FROM pg_type t
WHERE t.typnamespace = 'public'::regnamespace AND t.typtype IN ('c', 'd', 'e')
UNION ALL
SELECT 'model ' || model FROM ir_model
UNION ALL
SELECT 'field ' || model || '.' || name FROM ir_model_fields
UNION ALL
SELECT 'external id ' || module || '.' || name FROM ir_model_data
UNION ALL
SELECT 'cron ' || cron_name FROM ir_cron
UNION ALL
SELECT 'cron trigger of ' || c.cron_name FROM ir_cron_trigger t JOIN ir_cron c ON c.id = t.cron_id
UNION ALL
SELECT 'mail template ' || id FROM mail_template
UNION ALL
SELECT 'mail of ' || model FROM mail_message WHERE model LIKE 'celery%' OR body LIKE '%celery%'
UNION ALL
SELECT 'selection ' || id FROM ir_model_fields_selection
UNION ALL
SELECT 'constraint of ' || m.name || ' ' || c.name FROM ir_model_constraint c JOIN ir_module_module m ON m.id = c.module
UNION ALL
SELECT 'relation of ' || m.name || ' ' || r.name FROM ir_model_relation r JOIN ir_module_module m ON m.id = r.module
UNION ALL
SELECT 'export ' || id FROM ir_exports
UNION ALL
SELECT 'grant ' || grantee || ' ' || table_name FROM information_schema.role_table_grants
WHERE table_schema = 'public'
UNION ALL
SELECT 'user ' || login FROM res_users
UNION ALL
SELECT 'key of user ' || user_id FROM res_users_apikeys
UNION ALL
SELECT 'contact ' || id FROM res_partner
UNION ALL
SELECT 'group ' || id FROM res_groups
UNION ALL
SELECT 'member ' || gid || ' ' || uid FROM res_groups_users_rel
UNION ALL
SELECT 'implied ' || gid || ' ' || hid FROM res_groups_implied_rel
UNION ALL
SELECT 'privilege ' || id FROM res_groups_privilege
UNION ALL
SELECT 'parameter ' || key FROM ir_config_parameter
-- But for the web client's bundles, which Odoo makes whenever somebody looks.
UNION ALL
SELECT 'attachment ' || id || ' ' || name FROM ir_attachment WHERE coalesce(url, '') NOT LIKE '/web/assets/%'
UNION ALL
SELECT 'view ' || id FROM ir_ui_view
UNION ALL
SELECT 'menu ' || id FROM ir_ui_menu
UNION ALL
SELECT 'action ' || id FROM ir_actions
UNION ALL
SELECT 'filter ' || id FROM ir_filters
UNION ALL
SELECT 'rule ' || id FROM ir_rule
UNION ALL
SELECT 'right ' || id FROM ir_model_access
UNION ALL
SELECT 'sequence ' || id FROM ir_sequence
UNION ALL
SELECT 'default ' || id FROM ir_default
UNION ALL
SELECT 'asset ' || id FROM ir_asset
UNION ALL
SELECT 'message ' || id FROM bus_bus WHERE channel LIKE '%celery%' OR message LIKE '%celery%'
