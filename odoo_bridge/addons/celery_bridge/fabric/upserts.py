"""Operations ``upsert``: records from outside, each created once and never set back to an older version."""

import hashlib
import json

from odoo.exceptions import ValidationError

from .children import create_with_lines, write_with_lines
from .external_ids import found, name_records
from .guarded import model_to_change
from .matching import Matches
from .statements import statement

NAMESPACE = "webhook_"
"""How the module of an external id begins that an operation may give away: others are Odoo's own."""


def apply_upserts(env, operations):
    """Create or write a record for each operation on one model; one answer ``{"id", "done"}`` each.

    ``done`` is ``created``, ``written``, ``unchanged`` (the same was written before), ``older`` (a
    newer version was), or ``found`` (it is there, and the operation only wants it to be there).
    The same record twice in one call is written twice, in order.
    """
    model = model_to_change(env, operations[0]["model"])
    if context := operations[0].get("context"):
        model = model.with_context(**context)
    for operation in operations:
        _check_keys(env, operation)
    answers = [None] * len(operations)
    waiting = list(range(len(operations)))
    while waiting:
        firsts = {}
        for place in waiting:
            firsts.setdefault(_identity(operations[place]), place)
        turn = sorted(firsts.values())
        for place, answer in zip(turn, _Turn(model, [operations[p] for p in turn]).answers(), strict=True):
            answers[place] = answer
        waiting = [place for place in waiting if answers[place] is None]
    return answers


def _check_keys(env, operation):
    lines = [line for each in (operation.get("lines") or {}).values() for line in each]
    keys = [line["key"] for line in lines]
    if operation.get("update", True) or operation.get("key"):
        keys.append(operation.get("key") or "")
    for key in keys:
        module, dot, name = key.partition(".")
        if not (module.startswith(NAMESPACE) and dot and name):
            text = "%(key)s is no external id of the form %(namespace)ssource.name."
            raise ValidationError(env._(text, key=repr(key), namespace=NAMESPACE))


def _identity(operation):
    """Equal for operations on the same record; as short as an external id."""
    if operation.get("key"):
        return operation["key"]
    text = json.dumps([operation["model"], operation["match"]], sort_keys=True)
    return f"match {hashlib.sha256(text.encode()).hexdigest()}"


def _digest(operation):
    said = [operation.get("values"), operation.get("lines")]
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


class _Turn:
    """Operations on different records of one model."""

    def __init__(self, model, operations):
        self.model = model
        self.operations = operations

    def answers(self):
        """In order. Raises what Odoo does."""
        known = self._known()
        # What is only to be there needs no lock while it is.
        settled = {
            place: {"id": known[place], "done": "found"}
            for place, operation in enumerate(self.operations)
            if not operation.get("update", True) and known.get(place)
        }
        places = [place for place in range(len(self.operations)) if place not in settled]
        digests = self._enter(places)
        new = [place for place in places if place in digests and place not in known]
        settled |= self._create(new)
        for place in places:
            if place not in settled:
                settled[place] = self._write(place, known.get(place), digests)
        self._name(places, settled)
        return [settled[place] for place in range(len(self.operations))]

    def _known(self):
        """Ids by place, of records with the external id, else of those that match."""
        keys = {operation["key"] for operation in self.operations if operation.get("key")}
        by_key = found(self.model.env, keys) if keys else {}
        known = {
            place: by_key[operation["key"]][1]
            for place, operation in enumerate(self.operations)
            if by_key.get(operation.get("key"), ("",))[0] == self.model._name
        }
        matches = Matches(self.model)
        wanted = {
            place: operation["match"]
            for place, operation in enumerate(self.operations)
            if place not in known and operation.get("match")
        }
        self.matched = matches.find(wanted)
        return known | self.matched

    def _enter(self, places):
        """What was written before, by place, of those that may be written now; None: nothing."""
        if not places:
            return {}
        of_key = {_identity(self.operations[place]): place for place in places}
        self.model.env.cr.execute(statement("upsert.enter"), {
            "keys": list(of_key),
            "versions": [self.operations[place].get("version") for place in of_key.values()],
            "digests": [_digest(self.operations[place]) for place in of_key.values()],
        })
        return {of_key[key]: digest for key, digest in self.model.env.cr.fetchall()}

    def _create(self, places):
        ids = create_with_lines(self.model, [self.operations[place] for place in places])
        return {place: {"id": each, "done": "created"} for place, each in zip(places, ids, strict=True)}

    def _write(self, place, record_id, digests):
        operation = self.operations[place]
        if place not in digests:
            return {"id": record_id or False, "done": "older"}
        if digests[place] == _digest(operation):
            return {"id": record_id, "done": "unchanged"}
        write_with_lines(self.model.browse(record_id), operation)
        return {"id": record_id, "done": "written"}

    def _name(self, places, settled):
        """Give records their external ids: those that are new, and those that a match found."""
        named = {
            self.operations[place]["key"]: settled[place]["id"]
            for place in places
            if self.operations[place].get("key")
            and (settled[place]["done"] == "created" or place in self.matched)
        }
        name_records(self.model, named)
