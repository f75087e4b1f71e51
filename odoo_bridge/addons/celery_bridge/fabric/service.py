"""What the service account may call over RPC, and that it is nothing else.

Odoo lets every account call every public method and leaves the rest to the rights on records. Many
methods look at no record, or look as superuser; so the service account is held to a list.
"""

from odoo.exceptions import AccessError
from odoo.service import model as service_model

GROUP = "celery_bridge.group_service"

ALLOWED = {
    "celery.job": {
        "fabric_hello": "a fabric refuses an addon that speaks another protocol",
        "fabric_register_tasks": "params are checked at enqueue, by the schemas that workers publish",
        "fabric_claim": "claim, for a relay that cannot reach the database",
        "fabric_in_flight": "what a relay without the database looks for orphans in",
        "fabric_rescue": "it puts orphans back, by uuid and attempt",
        "fabric_write_back": "write_back; with the operation call also call_as, fenced with the result",
        "fabric_report": "progress, and how a worker learns that its job was cancelled",
        "fabric_read_as": "read_as: methods that only read, as the user of a job in flight",
        "fabric_read_page": "read_as for many records at once",
        "fabric_load": "write_back of a file's rows, batch by batch, each of them fenced",
        "fabric_loaded": "which batches an earlier attempt has loaded",
        "fabric_call_ahead": "write_back of a part, by methods that are listed for it",
        "fabric_upload": "an attachment of the job's in pieces, for it is larger than one request",
        "fabric_storing": "the key of such a file in the storage, so that nothing lies there unknown",
        "fabric_download": "read_as for a file, in pieces",
        "fabric_webhook": "what a job in flight is to send, signed here: the secret never leaves Odoo",
        "fabric_webhook_answered": "it counts for how long a receiver has failed, and gives up on it",
        "fabric_due_schedules": "beat computes when a schedule is due: Odoo has no library for it",
        "fabric_run_schedule": "it enqueues what is due, as the user of the schedule",
    },
    "res.users": {
        "context_get": "JSON-2 has no login: this tells the account its own id, and nothing of others",
        "read": "JSON-2's login compares the account's name; of others its rights let it read nothing",
    },
}
"""By model and method, why the protocol needs it. docs/reference/protocol.md says what each does.

An addon that adds to the protocol names its methods of ``celery.job`` in ``_service_methods`` there.
"""


def is_service(env):
    """Whether the caller is a service account; code that runs as superuser is not."""
    return bool(env.uid) and not env.su and env.user._has_group(GROUP)


def check_allowed(env, model, method):
    """Raises ``AccessError`` when a service account calls what is not on the list."""
    if is_service(env) and not _is_allowed(env, model, method):
        raise AccessError(
            env._(
                "The service account of the fabric may not call %(model)s.%(method)s: it may call the "
                "fabric's protocol and nothing else.",
                model=model,
                method=method,
            )
        )


def _is_allowed(env, model, method):
    more = env.registry[model]._service_methods if model == "celery.job" else {}
    return method in ALLOWED.get(model, ()) or method in more


def hold_to_the_list():
    """Make every remote call ask ``check_allowed``; JSON-2 asks in ``models/ir_http.py``.

    ``odoo.service.model.get_public_method`` is the one place that XML-RPC, JSON-RPC and the web
    client's calls pass, and no model's method: it can only be replaced. Once a process.
    """
    public = service_model.get_public_method
    if getattr(public, "_celery_bridge", False):
        return

    def get_public_method(model, name):
        method = public(model, name)
        check_allowed(model.env, model._name, name)
        return method

    get_public_method._celery_bridge = True
    service_model.get_public_method = get_public_method
