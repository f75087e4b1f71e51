"""The gateway's OpenAPI 3.1 description, at ``/openapi.json``."""

from __future__ import annotations

from odoo_bridge.gateway.openapi_admin import SECURITY, admin_paths
from odoo_bridge.gateway.openapi_catalog import CATALOG_SECURITY, catalog_paths
from odoo_bridge.job import Json

_ERROR: Json = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message"],
            "properties": {"code": {"type": "string"}, "message": {"type": "string"}},
        }
    },
}
_STORED: Json = {
    "type": "object",
    "required": ["id", "correlation_id"],
    "properties": {
        "id": {"type": ["string", "null"], "format": "uuid"},
        "correlation_id": {"type": "string"},
    },
}
_STATUS: Json = {
    "type": "object",
    "required": ["status"],
    "properties": {"status": {"type": "string"}},
}
_CORRELATION: Json = {
    "X-Correlation-Id": {
        "description": "The request's own, its trace id, or a new one.",
        "schema": {"type": "string"},
    }
}
_RETRY_AFTER: Json = {
    "Retry-After": {"description": "Seconds.", "schema": {"type": "integer", "minimum": 1}}
}
_BODY: Json = {"schema": {"type": "string", "format": "binary"}}


def _answer(description: str, schema: Json, headers: Json | None = None) -> Json:
    return {
        "description": description,
        "headers": {**_CORRELATION, **(headers or {})},
        "content": {"application/json": {"schema": schema}},
    }


def _look(summary: str, answers: Json) -> Json:
    return {"get": {"summary": summary, "responses": answers}}


_AWAY = _answer("The ledger is away.", {"$ref": "#/components/schemas/Error"}, _RETRY_AFTER)
_ERROR_REF: Json = {"$ref": "#/components/schemas/Error"}
_STORED_REF: Json = {"$ref": "#/components/schemas/Stored"}

_HOOK: Json = {
    "summary": "Take in a delivery: verified, stored, then answered.",
    "description": "How it is signed depends on the source (docs/reference/gateway.md).",
    "requestBody": {
        "description": "As the sender writes it; its raw bytes are what is signed.",
        "content": {
            "application/json": {"schema": {}},
            "application/x-www-form-urlencoded": {"schema": {"type": "object"}},
            "application/xml": _BODY,
            "application/octet-stream": _BODY,
        },
    },
    "responses": {
        "200": _answer("This event was stored before; or an unsigned greeting.", _STORED_REF),
        "202": _answer("Stored.", _STORED_REF),
        "400": _answer("Not what this source takes, or no event id.", _ERROR_REF),
        "401": _answer("No live secret of this source signed it, or too long ago.", _ERROR_REF),
        "403": _answer("The sender's network is not allowed.", _ERROR_REF),
        "404": _answer("No such source.", _ERROR_REF),
        "413": _answer("The body is too large.", _ERROR_REF),
        "429": _answer("Too many deliveries of this source.", _ERROR_REF, _RETRY_AFTER),
        "503": _AWAY,
    },
}
_SOURCE: Json = {
    "name": "source",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "pattern": "^[a-z][a-z0-9_-]{0,62}$"},
}
_TOKEN: Json = {
    "name": "token",
    "in": "path",
    "required": True,
    "description": "The secret, for senders that can sign nothing.",
    "schema": {"type": "string", "minLength": 1},
}

OPENAPI: Json = {
    "openapi": "3.1.0",
    "info": {
        "title": "Odoo Celery fabric: gateway",
        "version": "1",
        "license": {"name": "LGPL-3.0-or-later", "identifier": "LGPL-3.0-or-later"},
    },
    "paths": {
        "/hooks/{source}": {"parameters": [_SOURCE], "post": _HOOK},
        "/hooks/{source}/{token}": {"parameters": [_SOURCE, _TOKEN], "post": _HOOK},
        "/healthz": _look(
            "The process lives.",
            {"200": _answer("It does.", {"$ref": "#/components/schemas/Status"})},
        ),
        "/readyz": _look(
            "Deliveries can be stored.",
            {"200": _answer("They can.", {"$ref": "#/components/schemas/Status"}), "503": _AWAY},
        ),
        "/metrics": _look(
            "Counters in Prometheus' text format.",
            {
                "200": {
                    "description": "The counters.",
                    "content": {"text/plain": {"schema": {"type": "string"}}},
                },
                "503": _AWAY,
            },
        ),
        "/openapi.json": _look("This description.", {"200": _answer("It.", {"type": "object"})}),
        **admin_paths(_answer("", {}), _answer("", _ERROR_REF), _AWAY),
        **catalog_paths(_answer("", {}), _answer("", _ERROR_REF), _AWAY),
    },
    "components": {
        "schemas": {"Error": _ERROR, "Stored": _STORED, "Status": _STATUS},
        "securitySchemes": {**SECURITY, **CATALOG_SECURITY},
    },
}
