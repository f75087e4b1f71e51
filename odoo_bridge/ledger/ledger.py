"""``Ledger``: the worker's side of the deliveries."""

from __future__ import annotations

from collections.abc import Sequence
from json import dumps
from typing import Any

from odoo_bridge.errors import InvalidDelivery
from odoo_bridge.job import Envelope, Json, Outcome, State, Verdict
from odoo_bridge.ledger.cipher import Cipher
from odoo_bridge.ledger.deliveries import Delivery, Standing
from odoo_bridge.ledger.queries import query
from odoo_bridge.postgres import Store


class Ledger:
    """The fabric's own PostgreSQL. Connects when first used; threads may share it."""

    def __init__(self, dsn: str, cipher: Cipher | None = None) -> None:
        self._store = Store(dsn, "ledger")
        self._cipher = cipher or Cipher()

    def load(self, uuid: str) -> Delivery:
        """Raises ``InvalidDelivery`` when it was pruned, and ``StoreUnavailable``.

        ``ConfigurationError`` when it is encrypted and there is no key that opens it.
        """
        with self._store.session() as connection:
            row = connection.execute(query("load_delivery"), {"uuid": uuid}).fetchone()
        if row is None:
            raise InvalidDelivery(f"the ledger has no delivery {uuid}")
        sealed = row.pop("sealed")
        return Delivery(**row | {"body": self._cipher.open(row["body"], sealed=sealed)})

    def finish(self, outcomes: Sequence[Outcome]) -> list[Verdict]:
        """Store how attempts ended, all in one transaction; one verdict an outcome, in order.

        Calling again is safe: the fence (uuid, attempt) refuses what was stored before.
        ``operations`` are none of the ledger's business. Raises ``StoreUnavailable``.
        """
        if not outcomes:
            return []
        with self._store.transaction() as connection, connection.cursor() as cursor:
            cursor.executemany(
                query("finish_delivery"), [_row(outcome) for outcome in outcomes], returning=True
            )
            rows = [results.fetchone() for results in cursor.results()]
            # What ends makes room in the claim's window, and lets its successor go.
            connection.execute(query("tell_relay"))
        return [
            _verdict(outcome.envelope, row) for outcome, row in zip(outcomes, rows, strict=True)
        ]

    def look(self, uuids: Sequence[str]) -> list[Json]:
        """Where deliveries stand: state, attempt, error, outcome, seconds waiting and running."""
        with self._store.session() as connection:
            rows = connection.execute(query("look_at_deliveries"), {"uuids": list(uuids)})
            return list(rows.fetchall())

    def standing(self) -> list[Standing]:
        """What is not done, by source and state. Raises ``StoreUnavailable``."""
        with self._store.session() as connection:
            return [Standing(**row) for row in connection.execute(query("standing"))]

    def close(self) -> None:
        """Let go of the connection; the next use opens another."""
        self._store.close()


def _row(outcome: Outcome) -> Json:
    return {
        "uuid": outcome.envelope.uuid,
        "attempt": outcome.envelope.attempt,
        "state": outcome.state.value,
        "outcome": _json(outcome.result),
        "error": _text(outcome.error),
        "traceback": _text(outcome.traceback),
        "worker": outcome.worker,
        "seconds": outcome.seconds,
        "retry_in": outcome.retry_in,
        "counts": outcome.counts,
    }


def _verdict(envelope: Envelope, row: Json | None) -> Verdict:
    if row is None:
        return Verdict(
            envelope.uuid, envelope.attempt, False, State.CANCELLED, "the delivery was pruned"
        )
    return Verdict(
        envelope.uuid, envelope.attempt, row["accepted"], State(row["state"]), row["error"]
    )


def _text(text: str) -> str:
    """PostgreSQL keeps neither NUL nor lone surrogates (its manual, "Character Types")."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()


def _json(value: Any) -> str:
    return _text(dumps(value, ensure_ascii=False).replace("\\u0000", "\\ufffd"))
