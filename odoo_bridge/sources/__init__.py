"""Sources of webhooks as they are declared: one TOML file each, no code."""

from odoo_bridge.sources.bodies import Kind
from odoo_bridge.sources.directory import read_source, read_sources, undeclared
from odoo_bridge.sources.expression import Expression
from odoo_bridge.sources.file import Limits, SourceFile, SourcePart
from odoo_bridge.sources.finder import Finder

__all__ = [
    "Expression",
    "Finder",
    "Kind",
    "Limits",
    "SourceFile",
    "SourcePart",
    "read_source",
    "read_sources",
    "undeclared",
]
