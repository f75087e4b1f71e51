#!/bin/sh
# Makes Odoo ready for the fabric: database, addon, passwords, the service account's key, the relay's
# right. May run again, also after a failure half-way: each step looks at what is there.
# Starts as root, because the key file belongs to the fabric's user; Odoo runs as `odoo`.
set -eu
fabric_uid=10001
key_file=/run/credentials/fabric_odoo_api_key

run_odoo() {
    command=$1
    shift
    HOME=/var/lib/odoo setpriv --reuid=odoo --regid=odoo --init-groups --no-new-privs \
        odoo "$command" -c /opt/setup/odoo.conf -d odoo --no-http --workers=0 "$@"
}

run_odoo server --stop-after-init -i "base,celery_bridge,${ODOO_MODULES:-base}" -u celery_bridge
psql --no-psqlrc --dbname odoo --quiet --set ON_ERROR_STOP=1 \
    -c 'GRANT EXECUTE ON FUNCTION celery_job_claim(integer), celery_job_in_flight(),
        celery_job_rescue(text[], integer[], boolean) TO celery_relay'

FABRIC_ODOO_API_KEY=$(cat "$key_file" 2>/dev/null || true)
export FABRIC_ODOO_API_KEY
key=$(run_odoo shell </opt/setup/accounts.py)
umask 277
printf '%s' "$key" >"$key_file.new"
chown "$fabric_uid" "$key_file.new"
mv -f "$key_file.new" "$key_file"
echo "setup: Odoo is ready for the fabric"
