"""What printed documents refer to, without a web server in between: Odoo's own addresses as bytes."""

import re
from urllib.parse import parse_qsl, unquote, urlsplit

from odoo.exceptions import UserError
from odoo.tools import file_open

from .guarded import model_to_read

NOT_SHOWN = (OSError, ValueError, KeyError, AttributeError, UserError)
"""No such file, bundle, field or kind of barcode, or none of the user's: a document without it."""

STATIC = re.compile(r"/\w+/static/[^?#]+")
STATIC_KINDS = (".css", ".png", ".jpg", ".jpeg", ".gif", ".svg", ".webp", ".ttf", ".otf", ".woff", ".woff2")
BUNDLE = re.compile(r"/web/assets/[^/]+/([^/?#]+\.css)")
IMAGE = re.compile(r"/web/image/([a-z][\w.]*)/(\d+)/(\w+)")
ATTACHMENT = re.compile(r"/web/image/(\d+)")
BARCODE = re.compile(r"/report/barcode/(?:(\w+)/(.+))?")


def asset_of(env, url):
    """The bytes at an address, with the rights of ``env``; ``None`` for what documents do not show."""
    parts = urlsplit(url)
    path = unquote(parts.path)
    for pattern, read in KINDS:
        if match := pattern.match(path):
            try:
                return read(env, match, dict(parse_qsl(parts.query)))
            except NOT_SHOWN:
                return None
    return None


def _static(_env, match, _query):
    with file_open(match[0].lstrip("/"), "rb", filter_ext=STATIC_KINDS) as file:
        return file.read()


def _bundle(env, match, _query):
    """As ``Binary.content_assets`` does (web/controllers/binary.py)."""
    name, rtl, _kind, autoprefix = env["ir.asset"]._parse_bundle_name(match[1], False)
    bundle = env["ir.qweb"]._get_asset_bundle(name, css=True, js=False, rtl=rtl, autoprefix=autoprefix)
    return bundle.css().raw


def _image(env, match, _query):
    model, record_id, field = match.groups()
    return _read(model_to_read(env, model).browse(int(record_id)), field)


def _attachment(env, match, _query):
    return _read(env["ir.attachment"].browse(int(match[1])), "raw")


def _read(record, field):
    record.check_access("read")
    return record.env["ir.binary"]._get_image_stream_from(record, field).read()


def _barcode(env, match, query):
    """As ``ReportController.report_barcode`` does (web/controllers/report.py)."""
    kind = match[1] or query.pop("barcode_type", "")
    value = match[2] or query.pop("value", "")
    return env["ir.actions.report"].barcode(kind, value, **query)


KINDS = (
    (STATIC, _static),
    (BUNDLE, _bundle),
    (IMAGE, _image),
    (ATTACHMENT, _attachment),
    (BARCODE, _barcode),
)
