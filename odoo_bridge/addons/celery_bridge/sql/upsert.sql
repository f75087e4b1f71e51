-- name: enter
-- Which of these may be written, and what was written before. An older version may not. Whoever
-- writes the same record at the same time waits here, then fails by a serialization failure, and
-- Odoo runs the call again. Ordered, so that two calls never wait for one another.
INSERT INTO celery_upsert AS known (key, version, digest)
SELECT * FROM unnest(%(keys)s::text[], %(versions)s::float8[], %(digests)s::text[]) AS x (key, version, digest)
ORDER BY key
ON CONFLICT (key) DO UPDATE SET version = excluded.version, digest = excluded.digest
WHERE known.version IS NULL OR excluded.version IS NULL OR excluded.version >= known.version
-- The sub-select sees what was there before this statement.
RETURNING key, (SELECT before.digest FROM celery_upsert before WHERE before.key = known.key)

-- name: add_external_ids
-- Odoo's own way (ir_model.py, _update_xmlids) remembers each one in the process, for an upgrade.
INSERT INTO ir_model_data (module, name, model, res_id, noupdate)
SELECT module, name, %(model)s, id, true
FROM unnest(%(modules)s::text[], %(names)s::text[], %(ids)s::integer[]) AS x (module, name, id)
ON CONFLICT (module, name) DO UPDATE
SET model = excluded.model, res_id = excluded.res_id, write_date = now() AT TIME ZONE 'utc'
RETURNING xmax <> 0

-- name: keys_of
SELECT res_id, module || '.' || name FROM ir_model_data
WHERE model = %(model)s AND res_id = ANY (%(ids)s) AND module = ANY (%(modules)s)
