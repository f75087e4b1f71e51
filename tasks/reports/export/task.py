"""``reports.export``: the task."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from odoo_bridge.errors import AccessRefused, InvalidParams, Permanent
from odoo_bridge.job import Json
from tasks.job import Job
from tasks.registry import task
from tasks.reports.export.rows import Export
from tasks.reports.export.tree import Tree
from tasks.reports.export.values import Values
from tasks.reports.kit import Column, Document, Letterhead, ReportParams, Sheet, produce

MOST = 10_000_000
"""Records of an export that nobody insists on."""
TABLES = ("csv", "parquet")


class ExportParams(ReportParams):
    """Which records, and what of them."""

    model: str
    domain: list[Any] = Field(default_factory=list)
    """As Odoo takes it; an empty one finds all that the user may see."""
    fields: list[str] = Field(min_length=1)
    """As in Odoo's export: ``name``, ``partner_id``, ``partner_id/country_id/code``, ``id`` for the
    external id, ``.id`` for the id."""
    group_by: list[str] = Field(default_factory=list)
    """As Odoo's lists group: ``partner_id``, ``date_order:month``; the outermost first."""
    order: str = ""
    """``date_order desc``; unless given the order of ids, which is the fastest. Not with groups."""
    many: Literal["joined", "lines"] = "joined"
    """One2many and many2many fields: joined by commas, or a line each as in Odoo's export."""
    name: str = ""
    """The file's, without its ending; the model's unless given."""
    force: bool = False
    """Export more than ten million records."""


@task("reports.export", queue="reports", time_limit=7200)
def export(job: Job, params: ExportParams) -> Json:
    """Any records as a file, as Odoo's export gives them.

    Raises ``AccessRefused`` for a user without Odoo's right to export, ``InvalidParams`` for a
    field that there is not, ``Permanent`` for too many records.
    """
    check_right(job)
    groups = [field_of(each) for each in params.group_by]
    tree = Tree(job.odoo, params.model, params.fields, groups)
    check_groups(tree, params)
    records = job.odoo[params.model].search_count(params.domain)
    if records > MOST and not params.force:
        raise Permanent(
            f"{records:,} records would be exported, and more than {MOST:,} only with force: "
            "narrow the domain, or set force"
        )
    letterhead = Letterhead.of(job)
    reading = Values(job.odoo, lines=params.many == "lines")
    found = Export(job.odoo, tree, params.domain, reading, letterhead.locale)
    as_columns = params.format in TABLES
    if params.group_by:
        rows = found.grouped(params.group_by, as_columns=as_columns)
    else:
        rows = found.rows(params.order)
    document = Document(
        name=(params.name or params.model).replace("/", "-"),
        title=params.name if params.format == "xlsx" else params.name or params.model,
        letterhead=letterhead,
        sheets=[
            Sheet(
                params.name or params.model,
                columns(tree, params),
                rows,
                grand_total=bool(params.group_by),
            )
        ],
    )
    return {**produce(job, document, params, records), "records": records}


def check_right(job: Job) -> None:
    """Odoo's own condition (``export_data``). Raises ``AccessRefused``."""
    user = [job.envelope.user_id]
    groups = ("base.group_allow_export", "base.group_erp_manager")
    if not any(job.odoo["res.users"].has_group(user, each) for each in groups):
        raise AccessRefused("the job's user has not Odoo's right to export (Access to Export)")


def check_groups(tree: Tree, params: ExportParams) -> None:
    """Raises ``InvalidParams``."""
    if params.group_by and params.order:
        raise InvalidParams("order: groups have an order of their own")
    for each in params.group_by:
        if tree.field(field_of(each)) is None:
            raise InvalidParams(f"{params.model} has no field {each!r} to group by")


def field_of(spec: str) -> str:
    """Of ``date_order:month``: ``date_order``."""
    return spec.partition(":")[0].partition(".")[0]


def columns(tree: Tree, params: ExportParams) -> list[Column]:
    """With the groups before them, for formats without headings."""
    if not (params.group_by and params.format in TABLES):
        return tree.columns
    return [*(Column(each, each) for each in params.group_by), *tree.columns]
