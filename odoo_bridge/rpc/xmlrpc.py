"""XML-RPC as Odoo speaks it: ``/xmlrpc/2/common`` and ``/xmlrpc/2/object``.

(``addons/rpc/controllers/xmlrpc.py``; before 19 ``addons/base/controllers/rpc.py``.)
"""

from __future__ import annotations

import re
import xmlrpc.client
from functools import partial
from typing import Any

from odoo_bridge.errors import AnswerUnreadable
from odoo_bridge.rpc.answers import expect_ok, unreadable
from odoo_bridge.rpc.faults import Said, error_of
from odoo_bridge.rpc.http import Http
from odoo_bridge.rpc.transport import Call, addressed
from odoo_bridge.rpc.values import NOT_XML
from odoo_bridge.rpc.xml import Malformed, dump_call, load_answer

_HEADERS = {"Content-Type": "text/xml"}
_WRITING = re.compile(r'xmlrpc[/\\]client\.py", line \d+, in dumps$', re.MULTILINE)


class XmlRpc:
    """See ``Transport``. Safe to share between threads.

    ``database`` is where calls go that name none.
    """

    def __init__(self, http: Http, database: str = "") -> None:
        self.http = http
        self._database = database

    def call(self, service: str, method: str, args: list[Any]) -> Any:
        """See ``Transport``."""
        call = Call.of(service, method, args)
        request = dump_call(method, args, partial(call.invalid, NOT_XML))
        headers = _HEADERS | addressed(args or [self._database])
        reply = self.http.post(f"/xmlrpc/2/{service}", request, headers)
        expect_ok(reply, self.http.url)
        try:
            return load_answer(reply.body)
        except Malformed as error:
            raise unreadable(reply, self.http.url, f"no XML-RPC ({error})") from error
        except xmlrpc.client.Fault as fault:
            # Not as its cause: it quotes the traceback as it came.
            return _value_or_error(fault, call)


def _value_or_error(fault: xmlrpc.client.Fault, call: Call) -> Any:
    text = str(fault.faultString)
    if not _unsayable(text):
        raise error_of(Said.in_xml(fault.faultCode, text), call) from None
    if (
        "cannot marshal None" in text
        and "in dump_struct" not in text
        and "in dump_array" not in text
    ):
        return None
    raise AnswerUnreadable(
        f"{call} was applied, but XML-RPC cannot carry its answer "
        f"({text.strip().rpartition(chr(10))[2]}): use jsonrpc or json2"
    )


def _unsayable(text: str) -> bool:
    """Whether the fault is about writing down the answer, after the commit of what it tells.

    Odoo's marshaller raises on None, on integers over 32 bits and on keys that are no text.
    """
    return bool(_WRITING.search(text)) and ", in dispatch_rpc" not in text
