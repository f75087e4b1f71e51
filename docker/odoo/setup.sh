#!/bin/sh
# Makes Odoo ready for the fabric, and may run again: database, addon, service account, its key,
# the relay's right. Starts as root, because the key file belongs to the fabric's user.
set -eu
fabric_uid=10001
key_file=/run/credentials/fabric_odoo_api_key

as_odoo() {
    HOME=/var/lib/odoo setpriv --reuid=odoo --regid=odoo --init-groups --no-new-privs "$@"
}

query() {
    psql --no-psqlrc --dbname odoo --tuples-only --no-align --quiet --set ON_ERROR_STOP=1 -c "$1"
}

run_odoo() {
    command=$1
    shift
    as_odoo odoo "$command" -c /opt/setup/odoo.conf -d odoo --no-http --workers=0 "$@"
}

if [ -z "$(query "SELECT to_regclass('public.ir_module_module')")" ]; then
    run_odoo server --stop-after-init -i "base,celery_bridge,${ODOO_MODULES:-base}"
    run_odoo shell </opt/setup/admin_password.py
else
    run_odoo server --stop-after-init -u celery_bridge
fi
query 'GRANT EXECUTE ON FUNCTION celery_job_claim(integer) TO celery_relay'

FABRIC_ODOO_API_KEY=$(cat "$key_file" 2>/dev/null || true)
export FABRIC_ODOO_API_KEY
key=$(run_odoo shell </opt/setup/api_key.py)
umask 277
printf '%s' "$key" >"$key_file.new"
chown "$fabric_uid" "$key_file.new"
mv -f "$key_file.new" "$key_file"
echo "setup: Odoo is ready for the fabric"
