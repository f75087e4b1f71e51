"""XML-RPC's notation (http://xmlrpc.com/spec.md), strict in what it writes, wary of what it reads.

The standard library's marshaller writes any object as its ``__dict__`` and lets through what
XML 1.0 cannot hold, which the other side then cannot read.
"""

from __future__ import annotations

import xmlrpc.client
from collections.abc import Callable, Sequence
from math import isfinite
from typing import Any
from xml.parsers.expat import ExpatError

from defusedxml.common import DefusedXmlException
from defusedxml.xmlrpc import DefusedExpatParser

from odoo_bridge.errors import InvalidValue
from odoo_bridge.rpc.values import LARGEST, SMALLEST, Find, plain

_MALFORMED = (ExpatError, DefusedXmlException, xmlrpc.client.ResponseError, ValueError, LookupError)
# What values.NOT_XML matches, one by one: looking for each is ten times quicker than a pattern.
_FORBIDDEN = [chr(code) for code in range(32) if code not in {9, 10, 13}] + ["\ufffe", "\uffff"]
_INT = range(-(2**31), 2**31)


class Malformed(Exception):
    """The answer is not XML-RPC; the message says how."""


def dump_call(method: str, args: Sequence[Any], find: Find) -> bytes:
    """A request. Raises the ``InvalidValue`` that ``find`` gives."""
    out = [f"<?xml version='1.0'?>\n<methodCall><methodName>{method}</methodName><params>"]
    try:
        for value in args:
            out.append("<param>")
            _write(value, out.append)
            out.append("</param>")
        out.append("</params></methodCall>")
        text = "".join(out)
        body = text.encode()
    except (TypeError, ValueError, OverflowError) as error:
        raise find() or InvalidValue(str(error)) from None
    if any(character in text for character in _FORBIDDEN):
        raise find() or InvalidValue("a character that XML cannot hold")
    return body


def load_answer(body: bytes) -> Any:
    """The value in an answer. Raises ``xmlrpc.client.Fault`` or ``Malformed``."""
    unmarshaller = xmlrpc.client.Unmarshaller(use_builtin_types=True)
    try:
        parser = DefusedExpatParser(unmarshaller, forbid_dtd=True)
        parser.feed(_with_returns(body))
        parser.close()
        return unmarshaller.close()[0]
    except xmlrpc.client.Fault:
        raise
    except _MALFORMED as error:
        raise Malformed(type(error).__name__) from error


def _with_returns(body: bytes) -> bytes:
    """Carriage returns written so that a parser keeps them (XML 1.0, 2.11); Odoo does not."""
    if b"\r" not in body:
        return body
    head, mark, values = body.partition(b"<params>")
    return head + mark + values.replace(b"\r", b"&#13;")


def _escaped(text: str) -> str:
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text.replace("\r", "&#13;") if "\r" in text else text


def _write(value: Any, write: Callable[[str], None]) -> None:
    kind = type(value)
    if kind is str:
        write(f"<value><string>{_escaped(value)}</string></value>")
    elif kind is int:
        write(_integer(value))
    elif kind is float:
        if not isfinite(value):
            raise OverflowError("is not a finite number")
        write(f"<value><double>{value!r}</double></value>")
    elif kind is bool:
        write(f"<value><boolean>{value:d}</boolean></value>")
    elif kind is dict:
        _write_struct(value, write)
    elif kind is list or kind is tuple:
        write("<value><array><data>")
        for each in value:
            _write(each, write)
        write("</data></array></value>")
    elif value is None:
        write("<value><nil/></value>")
    else:
        _write(plain(value), write)


def _write_struct(value: dict[Any, Any], write: Callable[[str], None]) -> None:
    write("<value><struct>")
    for name, each in value.items():
        if not isinstance(name, str):
            raise TypeError("has a key that is no text")
        write(f"<member><name>{_escaped(name)}</name>")
        _write(each, write)
        write("</member>")
    write("</struct></value>")


def _integer(value: int) -> str:
    """Beyond 32 bits as an extension that Odoo's library reads (``xmlrpc.client``, ``end_int``)."""
    if value in _INT:
        return f"<value><int>{value}</int></value>"
    if SMALLEST <= value <= LARGEST:
        return f"<value><i8>{value}</i8></value>"
    raise OverflowError("is an integer of more than 64 bits")
