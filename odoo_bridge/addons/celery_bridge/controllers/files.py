"""Files that lie in the storage of the fabric: who may have one is sent on to a link signed just now."""

import logging

from werkzeug.exceptions import NotFound, ServiceUnavailable

from odoo.exceptions import AccessError, MissingError, UserError
from odoo.http import Controller, request, route

_logger = logging.getLogger(__name__)


class CeleryFiles(Controller):
    @route("/celery_bridge/file/<int:attachment>", type="http", auth="public", readonly=True)
    def file(self, attachment, access_token=None):
        """To the file, for whoever may read its attachment or holds its token; 404 for all others."""
        binary = request.env["ir.binary"]
        try:
            found = binary._find_record(res_id=attachment, access_token=access_token).sudo()
        except (AccessError, MissingError) as error:
            raise NotFound() from error
        if not found._celery_files():
            query = {"download": "true", **({"access_token": access_token} if access_token else {})}
            return request.redirect_query(f"/web/content/{found.id}", query)
        try:
            return request.redirect(found._celery_signed(), local=False)
        except UserError as error:
            _logger.warning("no link to the file %s: %s", found.id, error)
            raise ServiceUnavailable(str(error)) from error
