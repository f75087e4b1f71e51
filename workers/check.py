"""Looks at the configured Odoo as the fabric would use it: ``odoo-fabric check odoo``."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from statistics import median
from time import perf_counter

from odoo_bridge.errors import ConfigurationError, FabricError
from odoo_bridge.job import Json
from odoo_bridge.rpc import Account, Addon, Client, HttpOptions, Purpose, Wish, connect
from odoo_bridge.rpc.choice import TRANSPORTS
from odoo_bridge.rpc.versions import spelling
from workers.settings import Settings

CALLS = 5
"""Calls of which the median is the latency."""
BUSINESS = ("res.partner", "sale.order", "account.move", "stock.picking", "res.users")
"""Models that the service account should have no access to."""
OPERATIONS = ("read", "write", "create", "unlink")


@dataclass(frozen=True, slots=True)
class Way:
    """One transport as this Odoo offers it."""

    offered: bool
    latency_ms: float | None = None
    """Of a call that does nothing but log in."""
    why_not: str = ""


@dataclass
class Report:
    """What was found. ``problems`` are for a person to mend; without any all is well."""

    url: str
    database: str
    login: str
    version: str = ""
    user_id: int = 0
    transports: dict[str, Way] = field(default_factory=dict)
    chosen: dict[str, str] = field(default_factory=dict)
    """Transport by purpose: write, read."""
    addon: str = ""
    protocol: int = 0
    rights: dict[str, list[str]] = field(default_factory=dict)
    """Operations that the account may do with business models: none, or it can do too much."""
    problems: list[str] = field(default_factory=list)

    def to_json(self) -> Json:
        return {"ok": not self.problems, **asdict(self)}


def check_odoo(config: Settings) -> Report:
    """Asks without changing anything. Raises ``ConfigurationError`` for a missing setting only."""
    account, options = config.odoo_account(), config.odoo_options()
    report = Report(account.url, account.database, account.login)
    for name in TRANSPORTS:
        report.transports[name] = _try(account, options, name)
    wishes: dict[Purpose, Wish] = {
        Purpose.WRITE: config.odoo_transport,
        Purpose.READ: config.odoo_read_transport,
    }
    try:
        for purpose, wish in wishes.items():
            client = connect(account, options, wish, purpose)
            report.chosen[purpose.value] = client.protocol
        _look_inside(client, report)
    except FabricError as error:
        report.problems.append(f"{type(error).__name__}: {error}")
    return report


def _try(account: Account, options: HttpOptions, name: Wish) -> Way:
    try:
        client = connect(account, options, name)
        return Way(offered=True, latency_ms=round(median(_timed(client) for _ in range(CALLS)), 1))
    except FabricError as error:
        return Way(offered=False, why_not=f"{type(error).__name__}: {error}")


def _timed(client: Client) -> float:
    least = spelling("context_get", client.version)
    start = perf_counter()
    client.execute_kw("res.users", least.name, [*least.before])
    return (perf_counter() - start) * 1000


def _look_inside(client: Client, report: Report) -> None:
    report.version, report.user_id = client.version, client.env.uid
    for model in BUSINESS:
        allowed = [operation for operation in OPERATIONS if _may(client, model, operation)]
        if allowed:
            report.rights[model] = allowed
    if report.rights:
        report.problems.append(
            f"the account {report.login} has rights of its own on {', '.join(report.rights)}: "
            "whoever has its key has them too; use celery_service"
        )
    try:
        hello = Addon(client).hello()
    except ConfigurationError as error:
        report.problems.append(f"{type(error).__name__}: {error}")
    else:
        report.addon, report.protocol = hello["addon"], hello["protocol"]


def _may(client: Client, model: str, operation: str) -> bool:
    said = spelling("has_access", client.version)
    try:
        return bool(client.execute_kw(model, said.name, [*said.before, operation, *said.after]))
    except FabricError:  # the model is of a module that is not installed
        return False
