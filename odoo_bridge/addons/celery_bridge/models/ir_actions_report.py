"""Printed documents for workers: Odoo's own reports, a record at a time, as the job's user may see them."""

import base64
from io import BytesIO

from odoo import api, models
from odoo.addons.base.models.ir_actions_report import _wkhtml
from odoo.exceptions import AccessError, UserError

from ..fabric.assets import asset_of
from ..fabric.guarded import model_to_read
from ..fabric.settlement import OF_THE_TRANSACTION, message_of

SIZES = {"A4": (210, 297), "A3": (297, 420), "A5": (148, 210), "Letter": (215.9, 279.4), "Legal": (215.9, 355.6)}
"""Millimetres, of the formats that people print on; others count as A4."""


class IrActionsReport(models.Model):
    _inherit = "ir.actions.report"

    _celery_read_methods = ("celery_report", "celery_documents", "celery_asset")

    @api.model
    def celery_report(self, report_name):
        """What a worker needs to know of a report: ``{"name", "model", "can_print", "patched", "paper"}``.

        ``patched`` says whether Odoo's wkhtmltopdf prints headers and footers, as Debian's does not.
        ``paper`` is in millimetres: ``{"width", "height", "top", "right", "bottom", "left", "css_margins"}``. Raises
        ``UserError`` when there is no such report, ``AccessError`` when it is not for the user.
        """
        report = self._celery_report(report_name)
        return {
            "name": report.name,
            "model": report.model,
            "can_print": self.get_wkhtmltopdf_state() != "install",
            "patched": _wkhtml().is_patched_qt,
            "paper": _millimetres(report.get_paperformat()),
        }

    @api.model
    def celery_documents(self, report_name, record_ids, form):
        """The documents of some records, in order: ``{"id", "name"}`` with ``html``, ``pdf`` (base64) or ``error``.

        ``form`` is ``html`` or ``pdf``. Where the report says that a stored document is used again, that one comes, as
        PDF. One that fails takes no other down with it.
        """
        report = self._celery_report(report_name)
        model = self.env[report.model]
        records = model.browse(record_ids).exists()
        allowed = records._filtered_access("read")
        found = {record.id: {"name": record.display_name} for record in allowed}
        make = self._celery_html if form == "html" else self._celery_pdfs
        for record_id, document in make(report, allowed).items():
            found[record_id].update(document)
        gone = {"error": self.env._("gone, or the user may not read it")}
        return [{"id": each, "name": str(each), **found.get(each, gone)} for each in record_ids]

    @api.model
    def celery_asset(self, url):
        """What a document refers to, a style sheet, a font or a picture, as base64; empty: nothing that it may."""
        return base64.b64encode(asset_of(self.env, url) or b"").decode()

    def _celery_report(self, report_name):
        report = self.env["ir.actions.report"].sudo().search(
            [("report_name", "=", report_name), ("report_type", "=", "qweb-pdf")], limit=1
        )
        if not report:
            raise UserError(self.env._("There is no printed report %s.", report_name))
        if report.group_ids and not report.group_ids & self.env.user.all_group_ids:
            raise AccessError(self.env._("The report %s is not for this user.", report_name))
        model_to_read(self.env, report.model).check_access("read")
        return report

    def _celery_html(self, report, records):
        made = {}
        for record in records:
            if stored := self._celery_stored(report, record):
                made[record.id] = {"pdf": base64.b64encode(stored).decode()}
                continue
            made |= self._celery_halving(record, lambda some: {
                some.id: {"html": self._render_qweb_html(
                    report.report_name, some.ids, data={"report_type": "pdf"}
                )[0].decode()}
            })
        return made

    def _celery_pdfs(self, report, records):
        def printed(some):
            streams, kind = self._pre_render_qweb_pdf(report.report_name, res_ids=some.ids)
            if kind != "pdf":
                raise UserError(self.env._("Odoo prints nothing in a test."))
            if len(some) > 1 and not streams.keys() >= set(some.ids):
                raise UserError(self.env._("Odoo cannot tell these documents apart."))
            # Of one document that Odoo cannot name, the stream is that of nobody.
            return {
                record.id: {"pdf": _base64(streams.get(record.id) or streams[False])} for record in some
            }

        return self._celery_halving(records, printed)

    def _celery_stored(self, report, record):
        """As ``_render_qweb_pdf_prepare_streams`` takes an attachment again; only if it is a PDF."""
        if not (report.attachment and report.attachment_use):
            return b""
        attachment = report.retrieve_attachment(record)
        return attachment.raw if attachment and attachment.mimetype == "application/pdf" else b""

    def _celery_halving(self, records, make):
        if not records:
            return {}
        try:
            with self.env.cr.savepoint():
                return make(records)
        except OF_THE_TRANSACTION:
            raise
        except Exception as error:
            if len(records) == 1:
                return {records.id: {"error": message_of(error)}}
        middle = len(records) // 2
        return self._celery_halving(records[:middle], make) | self._celery_halving(records[middle:], make)


def _base64(stream_data):
    stream = stream_data["stream"]
    content = stream.getvalue() if isinstance(stream, BytesIO) else stream.read()
    return base64.b64encode(content).decode()


def _millimetres(paper):
    width, height = SIZES.get(paper.format, SIZES["A4"])
    if paper.format == "custom" and paper.page_width and paper.page_height:
        width, height = paper.page_width, paper.page_height
    if paper.orientation == "Landscape":
        width, height = height, width
    return {
        "width": width,
        "height": height,
        "top": paper.margin_top,
        "right": paper.margin_right,
        "bottom": paper.margin_bottom,
        "left": paper.margin_left,
        "css_margins": paper.css_margins,
    }
