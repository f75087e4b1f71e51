"""Calling a public method as RPC does, in the context of the job."""

from collections.abc import Mapping

from odoo.exceptions import ValidationError
from odoo.service.model import get_public_method

from .guarded import check_method
from .values import to_json


def public_method(model, name):
    """The method of this name.

    Raises ``AccessError`` for a private one and for one that is not for jobs, ``ValidationError``
    when there is none.
    """
    try:
        method = get_public_method(model, name)
    except AttributeError as error:
        raise ValidationError(
            model.env._(
                "%(model)s has no method %(method)s. Was it renamed, or its addon uninstalled?",
                model=model._name,
                method=name,
            )
        ) from error
    check_method(model, name)
    return method


def takes_ids(method):
    """Whether a method is one of records, not of their model."""
    return not getattr(method, "_api_model", False)


def call_public(model, name, args, kwargs):
    """What a public method answers, as JSON; ``args`` begin with the ids unless it takes none.

    Like ``odoo.service.model.call_kw``, but that one replaces the context of the environment, and
    with it the job's language and companies; here the call's own context is laid over it.
    Raises what ``public_method`` does.
    """
    method = public_method(model, name)
    kwargs = dict(kwargs)
    records = model.with_context(**(kwargs.pop("context", None) or {}))
    if takes_ids(method):
        ids, *args = args
        records = records.browse(ids)
    result = method(records, *args, **kwargs)
    if name == "create":
        result = result.id if isinstance(args[0], Mapping) else result.ids
    return to_json(result)
