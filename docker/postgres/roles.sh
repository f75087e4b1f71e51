#!/bin/sh
# Runs once, when the data directory is made: one server, two databases that cannot see each other.
#   odoo    owned by `odoo`; `celery_relay` may connect, its one right is given by docker/odoo/setup.sh
#   ledger  owned by `fabric`
set -eu
psql --username postgres --dbname postgres --no-psqlrc --set ON_ERROR_STOP=1 --quiet <<'SQL'
\getenv odoo_password ODOO_DB_PASSWORD
\getenv ledger_password LEDGER_PASSWORD
\getenv relay_password RELAY_PASSWORD
CREATE ROLE odoo LOGIN PASSWORD :'odoo_password';
CREATE ROLE fabric LOGIN PASSWORD :'ledger_password';
CREATE ROLE celery_relay LOGIN PASSWORD :'relay_password';
CREATE DATABASE odoo OWNER odoo TEMPLATE template0 ENCODING 'UTF8';
CREATE DATABASE ledger OWNER fabric;
REVOKE ALL ON DATABASE odoo FROM PUBLIC;
REVOKE ALL ON DATABASE ledger FROM PUBLIC;
GRANT CONNECT ON DATABASE odoo TO celery_relay;
SQL
