-- name: lock_schema
SELECT pg_advisory_xact_lock(hashtext('odoo-fabric ledger schema'));

-- name: create_schema_version
CREATE TABLE IF NOT EXISTS schema_version (
    version integer PRIMARY KEY,
    name text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
);

-- name: current_version
SELECT coalesce(max(version), 0) AS version FROM schema_version;

-- name: add_version
INSERT INTO schema_version (version, name) VALUES (%(version)s, %(name)s);

-- name: remove_version
DELETE FROM schema_version WHERE version = %(version)s;
