"""The part of the gateway's OpenAPI description that an admin needs."""

from __future__ import annotations

from odoo_bridge.job import Json
from odoo_bridge.storage import KEY

SECURITY: Json = {"adminKey": {"type": "http", "scheme": "bearer"}}

_TEXTS: Json = {"type": "array", "items": {"type": "string"}}
_CHOICE: Json = {
    "uuids": {"type": "array", "items": {"type": "string", "format": "uuid"}, "maxItems": 500},
    "sources": {**_TEXTS, "maxItems": 100},
    "states": {
        "type": "array",
        "items": {"enum": ["pending", "scheduled", "enqueued", "started", "done", "dead"]},
    },
    "since": {"type": "string", "format": "date-time"},
    "grep": {"type": "string", "maxLength": 500},
}
_LIST: Json = {
    "type": "object",
    "required": ["deliveries"],
    "properties": {"deliveries": {"type": "array", "items": {"type": "object"}}},
}
_UUIDS: Json = {"type": "object", "required": ["uuids"], "properties": {"uuids": _TEXTS}}

_FILE: Json = {
    "required": ["key", "name"],
    "properties": {
        "key": {"type": "string", "pattern": f"^{KEY.pattern}$"},
        "name": {"type": "string", "minLength": 1, "maxLength": 500},
    },
}
_LINK: Json = {
    "type": "object",
    "required": ["url"],
    "properties": {"url": {"type": "string", "format": "uri"}},
}


def admin_paths(answer: Json, error: Json, away: Json) -> Json:
    """The paths, from what an answer, an error and an absent ledger look like."""
    refused = {
        "400": {**error, "description": "It is said which field is wrong."},
        "401": {**error, "description": "Not with this key, or the gateway has none."},
        "503": away,
    }

    def post(summary: str, result: Json, more: Json | None = None) -> Json:
        return asking(summary, result, {"properties": {**_CHOICE, **(more or {})}})

    def asking(summary: str, result: Json, fields: Json) -> Json:
        body = {"type": "object", "additionalProperties": False, **fields}
        return {
            "post": {
                "summary": summary,
                "security": [{"adminKey": []}],
                "requestBody": {"content": {"application/json": {"schema": body}}},
                "responses": {
                    "200": {
                        **answer,
                        "description": "Done.",
                        "content": {"application/json": {"schema": result}},
                    },
                    "413": {**error, "description": "The request is too large."},
                    **refused,
                },
            }
        }

    limit = {"limit": {"type": "integer", "minimum": 1, "maximum": 500}}
    reason = {"reason": {"type": "string", "maxLength": 500}}
    link = asking("A link to a stored file.", _LINK, _FILE)
    link["post"]["responses"]["404"] = {**error, "description": "No files are stored here."}
    return {
        "/admin/files/link": link,
        "/admin/deliveries/list": post("The newest deliveries.", _LIST, limit),
        "/admin/deliveries/replay": post("Put back what has ended.", _UUIDS),
        "/admin/deliveries/discard": post("Cancel what no worker has.", _UUIDS, reason),
        "/admin/deliveries/{uuid}": {
            "parameters": [
                {
                    "name": "uuid",
                    "in": "path",
                    "required": True,
                    "schema": {"type": "string", "format": "uuid"},
                }
            ],
            "get": {
                "summary": "All that is known of one delivery, with its raw body.",
                "security": [{"adminKey": []}],
                "responses": {
                    "200": {
                        **answer,
                        "description": "It.",
                        "content": {"application/json": {"schema": {"type": "object"}}},
                    },
                    "404": {**error, "description": "No such delivery."},
                    **refused,
                },
            },
        },
    }
