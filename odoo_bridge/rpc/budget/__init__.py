"""How much all processes may ask of one Odoo at once (docs/explanation/budget.md)."""

from odoo_bridge.rpc.budget.breaker import Circuit
from odoo_bridge.rpc.budget.budget import Budget
from odoo_bridge.rpc.budget.shared import Share
from odoo_bridge.rpc.budget.store import (
    BudgetStore,
    FallbackBudget,
    MemoryBudget,
    RedisBudget,
)
from odoo_bridge.rpc.budget.transport import Budgeted, budgeted

__all__ = [
    "Budget",
    "BudgetStore",
    "Budgeted",
    "Circuit",
    "FallbackBudget",
    "MemoryBudget",
    "RedisBudget",
    "Share",
    "budgeted",
]
