"""The operations of an outcome: changes that commit together with a job's result."""

from odoo.exceptions import ValidationError
from odoo.service.model import get_public_method

from .calls import call_public
from .guarded import model_to_change
from .references import resolved
from .subject import in_charge


def apply_operations(env, job, operations):
    """Do the operations of one outcome with the rights of ``env``; one JSON answer each.

    ``job`` is the ``celery.job`` that they belong to, empty for a delivery.
    """
    results = []
    with in_charge(env):
        for operation in operations:
            results.append(_apply(env, job, resolved(env, operation, results)))
        # What is still to be written or recomputed must be so as this user, not as the next one.
        env.flush_all()
    return results


def _apply(env, job, operation):
    kind = operation.get("kind")
    try:
        apply = KINDS[kind]
    except KeyError:
        known = ", ".join(KINDS)
        message = env._("%(kind)s is not an operation (known: %(known)s).", kind=kind, known=known)
        raise ValidationError(message) from None
    return apply(env, job, operation)


def _create(env, _job, operation):
    return model_to_change(env, operation["model"]).create(operation["values"]).ids


def _write(env, _job, operation):
    records = model_to_change(env, operation["model"]).browse(operation["ids"])
    return records.write(operation["values"])


def _unlink(env, _job, operation):
    return model_to_change(env, operation["model"]).browse(operation["ids"]).unlink()


def _call(env, _job, operation):
    model = model_to_change(env, operation["model"])
    method = get_public_method(model, operation["method"])
    args = list(operation.get("args") or [])
    if not getattr(method, "_api_model", False):
        args.insert(0, list(operation.get("ids") or []))
    return call_public(model, operation["method"], args, operation.get("kwargs") or {})


def _attach(env, job, operation):
    if not job:
        raise ValidationError(env._("A delivery has no job that a file could be attached to."))
    # As superuser because users may not write jobs; the file still is the user's own.
    attachment = env["ir.attachment"].sudo().create({
        "name": operation["name"],
        "mimetype": operation.get("mimetype"),
        "datas": operation["datas"],
        "res_model": job._name,
        "res_id": job.id,
    })
    return attachment.id


KINDS = {
    "create": _create,
    "write": _write,
    "unlink": _unlink,
    "call": _call,
    "attach": _attach,
}
