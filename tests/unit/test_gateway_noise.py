"""Noise in bodies, headers and signatures of every scheme: no 5xx, no hang, nothing unauthorised.

``FABRIC_TEST_FUZZ=100000`` is the long form. A failure names the seed of its case.
"""

from __future__ import annotations

import asyncio
import os
import time
from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Mapping
from hashlib import sha256
from hmac import digest
from ipaddress import ip_network
from random import Random

import orjson
import pytest

from odoo_bridge.gateway import GatewayOptions, build_app
from tests.unit.gateway_asgi import request
from tests.unit.gateway_intake import MemoryIntake, source_file

CASES = int(os.environ.get("FABRIC_TEST_FUZZ", "4000"))
SECRET = "c2VjcmV0LW9mLWEtdGVzdA=="
FINGERPRINT = "ab" * 32
GENERIC = 'scheme = "hmac"\nevent_id = "id"\n[source.options]\nheader = "X-Sign"\n'
SCHEMES = {
    "standard": 'scheme = "standard"',
    "stripe": 'scheme = "stripe"',
    "shopify": 'scheme = "shopify"',
    "github": 'scheme = "github"\ncontent_types = ["json", "form", "xml", "raw"]',
    "woocommerce": 'scheme = "woocommerce"\ncontent_types = ["json", "form"]',
    "hmac": GENERIC + 'timestamp = "X-Time"\nsigned = "{timestamp}.{body}"',
    "odoo": 'scheme = "odoo"\nfilter = "length(a) > `1`"\nordering_key = "id"',
    "mtls": 'scheme = "mtls"\nevent_id = "header:X-Id"\ncontent_types = ["xml"]',
}
Headers = dict[str, str]


def hexed(secret: str, message: bytes) -> str:
    return digest(secret.encode(), message, sha256).hex()


def based(secret: str, message: bytes) -> str:
    return b64encode(digest(secret.encode(), message, sha256)).decode()


def signed(scheme: str, body: bytes, secret: str, chance: Random) -> Headers:
    """What proves the body to the scheme, written anew from the senders' descriptions."""
    now = str(int(time.time()))
    event = f"e{chance.randrange(10**9)}"
    key = b64encode(secret.encode()).decode()
    made: Mapping[str, Callable[[], Headers]] = {
        "standard": lambda: {
            "webhook-id": event,
            "webhook-timestamp": now,
            "webhook-signature": "v1," + based(secret, f"{event}.{now}.".encode() + body),
        },
        "stripe": lambda: {
            "stripe-signature": f"t={now},v1=" + hexed(key, f"{now}.".encode() + body)
        },
        "shopify": lambda: {
            "x-shopify-hmac-sha256": based(key, body),
            "x-shopify-topic": "orders/create",
            "x-shopify-event-id": event,
        },
        "github": lambda: {
            "x-hub-signature-256": "sha256=" + hexed(key, body),
            "x-github-delivery": event,
        },
        "woocommerce": lambda: {
            "x-wc-webhook-signature": based(key, body),
            "x-wc-webhook-topic": "order.created",
            "x-wc-webhook-delivery-id": event,
        },
        "hmac": lambda: {
            "x-sign": hexed(key, f"{now}.".encode() + body),
            "x-time": now,
        },
        "odoo": lambda: {"authorization": f"Bearer {key}"},
        "mtls": lambda: {
            "x-forwarded-client-cert": "Hash=" + (FINGERPRINT if secret == "real" else "cd" * 32),
            "x-id": event,
        },
    }
    return made[scheme]()


REAL = "real"
PIECES = (
    b"{}", b"[]", b"null", b'"x"', b'{"id":', b'{"id": "evt_1", "a": [1, 2]}', b"a=1&b=2",
    b"webhook_id=1", b"<o><id>1</id></o>", b"<!DOCTYPE a>", b"\xff\xfe", b"\x00",
    b"1" * 400, b"[" * 1500, b'{"id": 1e999}', b'{"id": "\\u0000"}', b'{"id": "\\ud800"}',
    b'{"id": 99999999999999999999}', b"%ff",
)  # fmt: skip
WORDS = (
    "", "=", ",", ";", "v1,", "v1=", "t=", "t=1,v1=", "sha256=", "Hash=", "Bearer ", "\"", "\\",
    "\x80", "\xff", "a" * 500, "0" * 64, "9" * 30, "nan", "-1", "application/json", "text/xml",
    "application/x-www-form-urlencoded", "gzip", "chunked",
    "00-" + "0" * 32 + "-" + "0" * 16 + "-01",
)  # fmt: skip
NAMES = (
    "content-type", "content-length", "x-correlation-id", "traceparent", "x-forwarded-for", "x-id",
    "transfer-encoding", "authorization", "x-time", "stripe-signature", "webhook-id",
    "webhook-timestamp", "x-shopify-topic", "x-shopify-event-id", "x-forwarded-client-cert",
    "x-github-delivery",
)  # fmt: skip


def noise(chance: Random) -> str:
    raw = bytes(chance.randrange(256) for _ in range(chance.randrange(12))).decode("latin-1")
    return "".join(chance.choice([*WORDS, raw]) for _ in range(chance.randrange(4)))


def body_of(chance: Random) -> bytes:
    if chance.random() < 0.5:
        return orjson.dumps({"id": f"evt_{chance.random()}", "a": [1] * chance.randrange(3)})
    return b"".join(chance.choice(PIECES) for _ in range(chance.randrange(4)))


def gateway(intake: MemoryIntake) -> object:
    files = {name: source_file(f"[source]\n{text}\n", name) for name, text in SCHEMES.items()}
    key = b64encode(REAL.encode()).decode()
    secrets = {name: [key] for name in SCHEMES} | {"mtls": [FINGERPRINT]}
    proxies = (ip_network("203.0.113.0/24"),)
    return build_app(
        GatewayOptions.of("", secrets, files, max_body=20_000, proxies=proxies), intake
    )


class Case:
    """A request: genuine, or with one thing wrong that no noise can make right."""

    def __init__(self, seed: int) -> None:
        chance = Random(seed)  # noqa: S311 - noise that can be made again
        self.scheme = chance.choice(list(SCHEMES))
        self.genuine = chance.random() < 0.3
        body = body_of(chance)
        secret = REAL if self.genuine else chance.choice(["other", "", "rea", "real "])
        headers = signed(self.scheme, body, secret, chance)
        own = set(headers)
        if not self.genuine and chance.random() < 0.3:
            headers = {name: noise(chance) for name in headers}
        for _ in range(chance.randrange(5)):
            name = chance.choice(NAMES)
            if name not in own:
                headers[name] = noise(chance)
        self.path = f"/hooks/{self.scheme}" + chance.choice(
            ["", "", "/", "/x", "/" + noise(chance)]
        )
        self.headers = [(name.encode(), text.encode("latin-1")) for name, text in headers.items()]
        cut = chance.randrange(len(body) + 1)
        self.chunks = [body] if chance.random() < 0.7 else [body[:cut], b"", body[cut:]]


@pytest.mark.timeout(1800)
def test_no_noise_breaks_hangs_or_gets_in() -> None:
    async def scenario() -> Counter[tuple[bool, int]]:
        intake = MemoryIntake()
        app = gateway(intake)
        seen: Counter[tuple[bool, int]] = Counter()
        for seed in range(CASES):
            case = Case(seed)
            kept = len(intake.kept)
            status, body = await request(app, case.path, case.headers, case.chunks)  # type: ignore[arg-type]
            said = f"seed {seed}, {case.scheme}: {status} {body!r}"
            assert status in {200, 202, 400, 401, 413}, said
            assert isinstance(orjson.loads(body), dict), said
            if not case.genuine:
                # An unsigned greeting alone is answered, and stores nothing.
                assert status != 202, said
                assert status != 200 or orjson.loads(body)["id"] is None, said
                assert len(intake.kept) == kept, said
            seen[case.genuine, status] += 1
        return seen

    seen = asyncio.run(scenario())
    # The noise reaches every door, and the genuine ones do get in.
    assert seen[True, 202] > CASES // 20
    assert seen[True, 400] > CASES // 100
    assert seen[False, 401] > CASES // 3
    assert seen[False, 413] > 0
    assert seen[True, 401] == 0
