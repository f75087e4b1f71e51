"""The operations of outcomes: changes that commit together with jobs' results."""

import json

from odoo.exceptions import ValidationError

from .arguments import decoded, existing
from .calls import call_public, public_method, takes_ids
from .guarded import model_to_change
from .references import resolved
from .subject import on_behalf
from .uploads import attach_upload
from .upserts import apply_upserts


def apply_operations(env, outcomes):
    """Do the operations of several outcomes with the rights of ``env``; one list of answers each.

    ``outcomes`` are pairs of the ``celery.job``, empty for a delivery, and its operations, which
    are done in order. Between outcomes there is no order, so their last operations are done
    together, and before them their last but one: a hundred jobs that create a record each make
    one call, whatever some of them need to have made before.
    """
    answers = [[] for _ in outcomes]
    steps = max((len(operations) for _job, operations in outcomes), default=0)
    with on_behalf(env):
        for to_come in range(steps, 0, -1):
            for places in _alike(outcomes, to_come):
                steps_done = [
                    (job, resolved(env, operations[-to_come], answers[place]))
                    for place, (job, operations) in ((each, outcomes[each]) for each in places)
                ]
                for place, answer in zip(places, _apply(env, steps_done), strict=True):
                    answers[place].append(answer)
        # What is still to be written or recomputed must be so as this user, not as the next one.
        env.flush_all()
    return answers


def _alike(outcomes, to_come):
    """The places of outcomes whose operations can be done in one call, by groups.

    ``to_come`` operations are still to be done, with this one, of each.
    """
    groups = {}
    for place, (_job, operations) in enumerate(outcomes):
        if to_come <= len(operations):
            groups.setdefault(_likeness(operations[-to_come], place), []).append(place)
    return groups.values()


def _likeness(operation, place):
    """Equal for operations that one call can do; what differs in it stays an operation alone."""
    kind, model = operation.get("kind"), operation.get("model")
    if kind == "create":
        return kind, model
    if kind == "upsert":
        return kind, model, json.dumps(operation.get("context"), sort_keys=True)
    if kind == "write":
        return kind, model, json.dumps(operation.get("values"), sort_keys=True)
    return place


def _apply(env, steps):
    """Operations that are alike, as pairs of job and operation; one answer each."""
    kind = steps[0][1].get("kind")
    if kind not in KINDS:
        known = ", ".join(KINDS)
        message = env._("%(kind)s is not an operation (known: %(known)s).", kind=kind, known=known)
        raise ValidationError(message)
    if kind in TOGETHER:
        return TOGETHER[kind](env, [operation for _job, operation in steps])
    [(job, operation)] = steps
    return [KINDS[kind](env, job, operation)]


def _create(env, operations):
    values = [each for operation in operations for each in operation["values"]]
    ids = iter(model_to_change(env, operations[0]["model"]).create(values).ids)
    return [[next(ids) for _ in operation["values"]] for operation in operations]


def _write(env, operations):
    ids = dict.fromkeys(each for operation in operations for each in operation["ids"])
    records = model_to_change(env, operations[0]["model"]).browse(ids)
    return [records.write(operations[0]["values"])] * len(operations)


def _unlink(env, _job, operation):
    return model_to_change(env, operation["model"]).browse(operation["ids"]).unlink()


def _call(env, _job, operation):
    model = model_to_change(env, operation["model"])
    args = decoded(env, list(operation.get("args") or []))
    if takes_ids(public_method(model, operation["method"])):
        args.insert(0, existing(model.browse(operation.get("ids") or [])).ids)
    return call_public(model, operation["method"], args, decoded(env, operation.get("kwargs") or {}))


def _attach(env, job, operation):
    if not job:
        raise ValidationError(env._("A delivery has no job that a file could be attached to."))
    values = {
        "name": operation["name"],
        "mimetype": operation.get("mimetype"),
        "res_model": job._name,
        "res_id": job.id,
    }
    if "stored" in operation:
        attachment = env["ir.attachment"].sudo().create(values)
        attachment._celery_stored(operation["stored"], operation["size"])
        return attachment.id
    if "upload" in operation:
        return attach_upload(env, job, operation["upload"], operation["size"], values)
    # As superuser because users may not write jobs; the file still is the user's own.
    return env["ir.attachment"].sudo().create({**values, "datas": operation["datas"]}).id


TOGETHER = {"create": _create, "write": _write, "upsert": apply_upserts}
KINDS = {**TOGETHER, "unlink": _unlink, "call": _call, "attach": _attach}
