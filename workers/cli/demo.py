"""``odoo-fabric demo``: a real Odoo, the fabric beside it, and the headline jobs through both."""

from __future__ import annotations

import os
import secrets
import sys

import typer
from pydantic import SecretStr
from rich.console import Console
from rich.table import Table

from odoo_bridge.errors import FabricError
from odoo_bridge.job import State
from odoo_bridge.ledger import Ledger
from workers.cli.up import addresses, show, stop_requested
from workers.demo import SOURCE, Demo, Line
from workers.embedded import odoo
from workers.local import fabric
from workers.settings import settings

ORDERS = 50
PATIENCE = 180.0


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(demo)
