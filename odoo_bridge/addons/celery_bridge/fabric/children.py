"""Records with lines under them, each line known by an external id of its own."""

from .external_ids import found, name_records
from .statements import statement


def create_with_lines(model, operations):
    """Create a record for each operation in one call; their ids, in order."""
    if not operations:
        return []
    records = model.create([
        {
            **(operation.get("new") or {}),
            **operation["values"],
            **{name: [(0, 0, line["values"]) for line in lines] for name, lines in _lines(operation)},
        }
        for operation in operations
    ])
    for name in {name for operation in operations for name, _lines_of in _lines(operation)}:
        keys = {}
        for record, operation in zip(records, operations, strict=True):
            keys |= _keys_of_new(sorted(record[name].ids), (operation.get("lines") or {}).get(name, []))
        name_records(records[name], keys)
    return records.ids


def write_with_lines(record, operation):
    """Write a record; its lines become those of the operation.

    Lines that a person added stay. Where none of the lines is known by a key, people made all of
    them: none is touched.
    """
    values = dict(operation["values"])
    before = {}
    for name, lines in _lines(operation):
        commands = _commands(record, name, lines)
        if commands is not None:
            before[name] = set(record[name].ids)
            values[name] = commands
    record.write(values)
    for name in before:
        added = sorted(set(record[name].ids) - before[name])
        known = found(record.env, {line["key"] for line in operation["lines"][name]})
        new = [line for line in operation["lines"][name] if line["key"] not in known]
        name_records(record[name], _keys_of_new(added, new))


def _lines(operation):
    return (operation.get("lines") or {}).items()


def _commands(record, name, lines):
    """Odoo's one2many commands, or None: hands off."""
    children = record[name]
    keys = {line["key"] for line in lines}
    ids = {key: child for key, (model, child) in found(record.env, keys).items() if child in set(children.ids)}
    ours = _named_by(children, {key.partition(".")[0] for key in keys})
    if children and not ours:
        return None
    kept = set(ids.values())
    gone = [(2, child, 0) for child in ours if child not in kept]
    return gone + [
        (1, ids[line["key"]], line["values"]) if line["key"] in ids else (0, 0, line["values"])
        for line in lines
    ]


def _named_by(children, modules):
    """Ids of those with an external id of one of the modules."""
    if not children:
        return []
    values = {"model": children._name, "ids": children.ids, "modules": list(modules)}
    children.env.cr.execute(statement("upsert.keys_of"), values)
    return list(dict.fromkeys(record_id for record_id, _key in children.env.cr.fetchall()))


def _keys_of_new(ids, lines):
    """Ids by key. Nothing when other lines came along: then nobody can tell which is which."""
    if len(ids) != len(lines):
        return {}
    return {line["key"]: each for each, line in zip(ids, lines, strict=True)}
