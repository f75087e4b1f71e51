-- name: database_mark
-- The template that a database was made from; no row when there is no such database.
SELECT coalesce(shobj_description(oid, 'pg_database'), '') FROM pg_database WHERE datname = %s

-- name: set_database_mark
COMMENT ON DATABASE {database} IS {mark}

-- name: create_from_template
CREATE DATABASE {database} OWNER {owner} TEMPLATE {template} STRATEGY FILE_COPY

-- name: create_empty
CREATE DATABASE {database} OWNER {owner} TEMPLATE template0

-- name: drop_database
DROP DATABASE IF EXISTS {database} WITH (FORCE)

-- name: rename_database
ALTER DATABASE {database} RENAME TO {name}

-- name: close_database
REVOKE ALL ON DATABASE {database} FROM PUBLIC

-- name: admit_relay
GRANT CONNECT ON DATABASE {database} TO {relay}

-- name: close_functions
REVOKE ALL ON FUNCTION
    celery_job_claim(integer), celery_job_in_flight(), celery_job_rescue(text[], integer[], boolean)
FROM PUBLIC

-- name: admit_relay_to_functions
GRANT EXECUTE ON FUNCTION
    celery_job_claim(integer), celery_job_in_flight(), celery_job_rescue(text[], integer[], boolean)
TO {relay}

-- name: say_address
-- Odoo learns it from an administrator's first login otherwise, and links and printed documents
-- lead to port 8069 until then.
UPDATE ir_config_parameter SET value = %s WHERE key = 'web.base.url'
