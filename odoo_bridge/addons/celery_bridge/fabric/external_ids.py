"""Records by their external ids, many in one query."""

from .statements import statement


def found(env, keys):
    """Model and id of the record that each key names, by key.

    Left out are keys that name none, and those whose record is gone: an external id outlives it.
    """
    keys = sorted(keys)
    parts = [key.partition(".") for key in keys]
    env["ir.model.data"].flush_model()
    values = {
        "keys": keys,
        "modules": [module for module, _dot, _name in parts],
        "names": [name for _module, _dot, name in parts],
    }
    env.cr.execute(statement("bulk.find_external_ids"), values)
    named = {key: (model, record_id) for key, model, record_id in env.cr.fetchall()}
    there = {(model, each) for model, ids in _by_model(named) for each in _existing(env, model, ids)}
    return {key: record for key, record in named.items() if record in there}


def _by_model(named):
    ids = {}
    for model, record_id in named.values():
        ids.setdefault(model, set()).add(record_id)
    return ids.items()


def _existing(env, model, ids):
    return env[model].browse(ids).exists().ids if model in env.registry else ()


def name_records(model, ids):
    """Give records of ``model`` external ids; ``ids`` by key."""
    if not ids:
        return
    parts = [key.partition(".") for key in ids]
    values = {
        "model": model._name,
        "modules": [module for module, _dot, _name in parts],
        "names": [name for _module, _dot, name in parts],
        "ids": list(ids.values()),
    }
    model.env.cr.execute(statement("upsert.add_external_ids"), values)
    if any(moved for [moved] in model.env.cr.fetchall()):
        model.env.registry.clear_cache()  # what the others keep names a record that is gone
