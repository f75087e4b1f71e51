"""``records.with_celery(...).method(...)``: the same call, as a job."""

from odoo.exceptions import ValidationError

from .arguments import encoded, saved_ids
from .calls import public_method
from .guarded import model_to_change

TASK = "records.call"


class CallLater:
    """Stands for some records; each of their public methods hands its own call to ``then``."""

    __slots__ = ("_records", "_then")

    def __init__(self, records, then):
        self._records = records
        self._then = then

    def __getattr__(self, name):
        """Raises ``AccessError`` for what no job may call, ``ValidationError`` for an unknown method."""
        if name.startswith("__"):  # Python asks, nobody calls: copying, pickling, a debugger
            raise AttributeError(name)
        records, then = self._records, self._then
        model_to_change(records.env, records._name)
        public_method(records, name)

        def later(*args, **kwargs):
            return then(call_params(records, name, args, kwargs))

        return later

    def __repr__(self):
        return f"<{self._records} later>"


def call_params(records, method, args, kwargs):
    """Params of ``records.call``. Raises ``ValidationError`` for what cannot become JSON."""
    env = records.env
    if "context" in kwargs:
        raise ValidationError(env._("context: give it to the records, by with_context()."))
    kwargs = {name: encoded(env, value, name) for name, value in kwargs.items()}
    if context := kept_context(records):
        kwargs["context"] = context
    return {
        "model": records._name,
        "method": method,
        "ids": saved_ids(env, records, records._name),
        "args": [encoded(env, value, f"args[{place}]") for place, value in enumerate(args)],
        "kwargs": kwargs,
    }


def kept_context(records):
    """What the method finds in its context again; language, time zone and companies the job keeps."""
    context = records.env.context
    return {
        name: encoded(records.env, context[name], f"context.{name}")
        for name in sorted(records._celery_context_keys())
        if name in context
    }


def call_options(records, params, options):
    """The options of a call's job, with what is said of it unless the caller says it otherwise."""
    told = {"description": f"{records._description}: {params['method']}"}
    if records:
        told["records"] = records
    return {**told, **options, **_own_identity(params, options.get("identity_key"))}


def _own_identity(params, key):
    """An identity key is a task's own, and what stands for the task here is the method."""
    prefix = f"{params['model']}.{params['method']}:"
    if callable(key):
        return {"identity_key": lambda given: prefix + key(given)}
    return {"identity_key": prefix + key} if isinstance(key, str) and key.strip() else {}
