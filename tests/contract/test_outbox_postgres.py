"""What only an outbox in a PostgreSQL can show: its envelopes, and the way out of an outage."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from odoo_bridge.errors import ConfigurationError, StoreUnavailable
from odoo_bridge.job import Origin
from odoo_bridge.outbox import PostgresOutbox, ledger_outbox, odoo_outbox
from tests.contract.outbox_stores import LedgerStore, OdooStore

END_OTHERS = """
    SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


@pytest.fixture(scope="module")
def odoo(postgres_dsn: str) -> OdooStore:
    return OdooStore(postgres_dsn)


@pytest.fixture(scope="module")
def ledger(postgres_dsn: str) -> LedgerStore:
    return LedgerStore(postgres_dsn)


@pytest.fixture
def outbox(ledger: LedgerStore) -> Iterator[PostgresOutbox]:
    ledger.clear()
    outbox = ledger_outbox(ledger.dsn)
    yield outbox
    outbox.close()


def end_connections(dsn: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(END_OTHERS)


def test_the_columns_of_odoo_become_the_envelope(odoo: OdooStore) -> None:
    (uuid,) = odoo.add(1)
    outbox = odoo.open()
    with outbox.claim(1) as jobs:
        (job,) = jobs
    outbox.close()
    assert (job.uuid, job.attempt, job.origin) == (uuid, 1, Origin.ODOO)
    assert (job.task, job.queue, job.params) == ("demo.task", "default", {"rows": 3})
    assert (job.user_id, job.context) == (7, {"lang": "en_US"})
    assert (job.correlation_id, job.max_attempts) == ("c-1", 5)


def test_a_delivery_becomes_a_job_that_only_points_at_it(
    ledger: LedgerStore, outbox: PostgresOutbox
) -> None:
    (uuid,) = ledger.add(1)
    with outbox.claim(1) as jobs:
        (job,) = jobs
    assert (job.uuid, job.attempt, job.origin) == (uuid, 1, Origin.LEDGER)
    assert (job.task, job.queue) == ("webhooks.ingest", "webhooks")
    assert job.params == {"source": "shopify", "event_id": f"event {uuid}"}
    assert (job.user_id, job.max_attempts) == (0, 8)


def test_a_lost_connection_is_said_once_and_then_mended(
    ledger: LedgerStore, outbox: PostgresOutbox
) -> None:
    ledger.add(1)
    with outbox.claim(0):
        pass
    end_connections(ledger.dsn)
    with pytest.raises(StoreUnavailable, match="ledger outbox"):
        outbox.wait(5)
    with outbox.claim(10) as jobs:
        assert len(jobs) == 1
    ledger.add(1)
    outbox.wait(30)
    with outbox.claim(10) as jobs:
        assert len(jobs) == 1


def test_a_connection_lost_inside_a_claim_gives_the_jobs_back(
    ledger: LedgerStore, outbox: PostgresOutbox
) -> None:
    def database_restarts_while_publishing() -> None:
        with outbox.claim(10):
            end_connections(ledger.dsn)

    (uuid,) = ledger.add(1)
    with pytest.raises(StoreUnavailable):
        database_restarts_while_publishing()
    with outbox.claim(10) as jobs:
        assert [(job.uuid, job.attempt) for job in jobs] == [(uuid, 1)]


def test_no_database_at_all_is_unavailable() -> None:
    outbox = odoo_outbox("postgresql://nobody:hidden@127.0.0.1:1/nothing")
    with pytest.raises(StoreUnavailable) as raised:
        outbox.wait(0.1)
    assert "hidden" not in str(raised.value)


def test_a_missing_claim_function_is_for_a_person_to_mend(postgres_server: str) -> None:
    outbox = odoo_outbox(postgres_server)
    with pytest.raises(ConfigurationError, match="celery_job_claim"), outbox.claim(1):
        pass
    outbox.close()


def test_a_malformed_dsn_is_not_quoted() -> None:
    with pytest.raises(ConfigurationError) as raised:
        odoo_outbox("postgresql://odoo:hidden@host/db?nonsense=1")
    assert "hidden" not in str(raised.value)
