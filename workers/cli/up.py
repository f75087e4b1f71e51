"""``odoo-fabric up``: everything on one machine, under one supervisor, with a live screen."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import typer
from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from workers.local import fabric
from workers.settings import Settings, settings
from workers.supervisor import Status, Supervisor


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(up)


def up() -> None:
    """Start relay, gateway, worker pools, beat and Flower, and the servers that have no address.

    Shows how they are until Ctrl-C, which lets running jobs finish.
    """
    console = Console()
    with stop_requested() as stop, fabric(settings(), console) as (supervisor, config):
        console.print("Everything runs.", addresses(config, supervisor.logs))
        show(supervisor, config, stop, console)
        console.print("Draining: running jobs may finish.")


def show(supervisor: Supervisor, config: Settings, stop: Event, console: Console) -> None:
    """Keep the programs running and their state on the screen until ``stop`` is set."""
    with Live(console=console, auto_refresh=False, transient=not console.is_terminal) as live:
        while not stop.is_set():
            supervisor.watch()
            if console.is_terminal:
                live.update(screen(supervisor, config), refresh=True)
            stop.wait(1.0)


def screen(supervisor: Supervisor, config: Settings) -> Group:
    """The status table and where to look further."""
    table = Table(title="Odoo Celery fabric", title_justify="left")
    table.add_column("Program")
    table.add_column("State")
    for column in ("Pid", "Up", "Restarts", "Memory"):
        table.add_column(column, justify="right")
    for status in supervisor.status():
        table.add_row(*_row(status))
    return Group(table, addresses(config, supervisor.logs), Text("Ctrl-C drains and stops."))


def addresses(config: Settings, logs: Path) -> Table:
    """Where a person finds what."""
    grid = Table.grid(padding=(0, 2))
    grid.add_row("Odoo's jobs", f"{config.odoo_url}/odoo/celery-jobs")
    grid.add_row("Flower", f"http://127.0.0.1:{config.flower_port}  (login {_login(config)})")
    grid.add_row("Webhooks", f"http://{config.gateway_host}:{config.gateway_port}/hooks/{{source}}")
    grid.add_row("Logs", str(logs))
    return grid


@contextmanager
def stop_requested() -> Iterator[Event]:
    """An event that SIGINT, SIGTERM and SIGHUP set, once; the second signal interrupts."""
    stop = Event()
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def on_signal(_number: int, _frame: object) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()

    before = {number: signal.signal(number, on_signal) for number in numbers}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _row(status: Status) -> tuple[str | Text, ...]:
    healthy = status.state == "running"
    return (
        status.name,
        Text(status.state, style="green" if healthy else "red"),
        str(status.pid),
        f"{status.seconds:.0f} s",
        str(status.restarts),
        f"{status.memory / 2**20:.0f} MB",
    )


def _login(config: Settings) -> str:
    return config.flower_basic_auth.get_secret_value().replace(":", " / ", 1)
