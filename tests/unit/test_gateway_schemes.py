"""Signatures against vectors that were made by other hands, and the options that hold secrets."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest

from odoo_bridge.errors import ConfigurationError, InvalidDelivery, InvalidSignature
from odoo_bridge.gateway import GatewayOptions
from odoo_bridge.gateway.call import Call
from odoo_bridge.gateway.schemes import SCHEMES, WITH_OPTIONS, Scheme, scheme_of
from odoo_bridge.gateway.schemes.base import hmac_sha256

WINDOW = 300.0
# openssl dgst -sha256 -hmac, of the bodies below
OPENSSL_BASE64 = "VnKUjZsLuN5iZWjn5EntcBVCF9kMN43LglzCE1/GSeY="
OPENSSL_STRIPE = "799c4ba7bb339f3c8601adfd112f0e477c930a268be1243d341abb8286501c2f"
SLACK_BODY = (
    b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow"
    b"&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner"
    b"&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands"
    b"%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
    b"&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
)
SLACK = {
    "header": "X-Slack-Signature",
    "prefix": "v0=",
    "timestamp": "X-Slack-Request-Timestamp",
    "signed": "v0:{timestamp}:{body}",
}
FINGERPRINT = "468ed33be74eee6556d90c0149c1309e9ba61d6425303443c0748a02dd8de688"


class Vector:
    """A request that a scheme must take, as its sender or openssl made it."""

    def __init__(
        self,
        scheme: str,
        secret: str,
        call: Call,
        event_id: str = "",
        payload: Any = None,
        **options: Any,
    ) -> None:
        self.scheme: Scheme = scheme_of(scheme, options)
        self.secret = secret
        self.call = call
        self.event_id = event_id
        self.payload = payload

    def verify(self, call: Call | None = None, *secrets: str) -> None:
        keys = [self.scheme.key(secret) for secret in secrets or (self.secret,)]
        self.scheme.verify(call or self.call, keys, WINDOW)


def signed(body: bytes, now: float = 0.0, /, token: str = "", **headers: str) -> Call:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Call(named, body, now, token, proxied=True)


VECTORS = {
    # printf '{"id":1}' | openssl dgst -sha256 -hmac hush -binary | base64
    "shopify": Vector(
        "shopify",
        "hush",
        signed(
            b'{"id":1}',
            x_shopify_hmac_sha256=OPENSSL_BASE64,
            x_shopify_topic="orders/create",
            x_shopify_event_id="e-1",
        ),
        "orders/create:e-1",
    ),
    "woocommerce": Vector(
        "woocommerce",
        "hush",
        signed(
            b'{"id":1}',
            x_wc_webhook_signature=OPENSSL_BASE64,
            x_wc_webhook_topic="order.created",
            x_wc_webhook_delivery_id="7f",
        ),
        "order.created:7f:" + sha256(b'{"id":1}').hexdigest()[:16],
    ),
    # GitHub's own, docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
    "github": Vector(
        "github",
        "It's a Secret to Everybody",
        signed(
            b"Hello, World!",
            x_hub_signature_256="sha256="
            "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17",
            x_github_delivery="72d3162e-cc78-11e3-81ab-4c9367dc0958",
        ),
        "72d3162e-cc78-11e3-81ab-4c9367dc0958",
    ),
    # the specification's own, in the tests of its libraries
    "standard": Vector(
        "standard",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        signed(
            b'{"test": 2432232314}',
            1614265330.0,
            webhook_id="msg_p5jXN8AQM9LWM0D4loKWxJek",
            webhook_timestamp="1614265330",
            webhook_signature="v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        ),
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
    ),
    "standard as svix": Vector(
        "standard",
        "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        signed(
            b'{"test": 2432232314}',
            1614265330.0,
            svix_id="msg_p5jXN8AQM9LWM0D4loKWxJek",
            svix_timestamp="1614265330",
            svix_signature="v1,AAAA v2,BBBB v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        ),
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        headers="svix",
    ),
    # printf '1492774577.{"id":"evt_1"}' | openssl dgst -sha256 -hmac whsec_test_secret
    "stripe": Vector(
        "stripe",
        "whsec_test_secret",
        signed(
            b'{"id":"evt_1"}',
            1492774577.0,
            stripe_signature=f"t=1492774577,v1={'0' * 64},v1={OPENSSL_STRIPE},v0=abc",
        ),
        "evt_1",
        {"id": "evt_1"},
    ),
    # Slack's own, api.slack.com/authentication/verifying-requests-from-slack
    "hmac as Slack": Vector(
        "hmac",
        "8f742231b10e8888abcd99yyyzzz85a5",
        signed(
            SLACK_BODY,
            1531420618.0,
            x_slack_signature="v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
            x_slack_request_timestamp="1531420618",
        ),
        **SLACK,
    ),
    # RFC 4231, test case 2
    "hmac, SHA-512": Vector(
        "hmac",
        "Jefe",
        signed(
            b"what do ya want for nothing?",
            x_sign="164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
            "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737",
        ),
        header="X-Sign",
        algorithm="sha512",
    ),
    "odoo, in the path": Vector("odoo", "hush", signed(b"{}", token="hush")),
    "odoo, as a bearer": Vector("odoo", "hush", signed(b"{}", authorization="Bearer hush")),
    # the first example of Envoy's documentation of this header
    "mtls by Envoy": Vector(
        "mtls",
        FINGERPRINT.upper(),
        signed(
            b"{}",
            x_forwarded_client_cert="By=http://frontend.lyft.com;Hash=" + FINGERPRINT + ";"
            'Subject="/C=US/ST=CA/L=San Francisco/OU=Lyft/CN=Test Client";'
            "URI=http://testclient.lyft.com",
        ),
    ),
    "mtls by another header": Vector(
        "mtls",
        FINGERPRINT,
        signed(b"{}", x_client_sha256=":".join([FINGERPRINT[i : i + 2] for i in range(0, 64, 2)])),
        header="X-Client-SHA256",
    ),
}
NAMES = list(VECTORS)
SIGNED_BODY = [name for name in NAMES if not name.startswith(("odoo", "mtls"))]
STAMPED = ["standard", "standard as svix", "stripe", "hmac as Slack"]


def test_hmac_is_rfc_4231_test_case_2() -> None:
    made = hmac_sha256(b"Jefe", b"what do ya want for nothing?")
    assert made.hex() == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"


def test_every_scheme_has_a_vector() -> None:
    assert {name.split()[0].strip(",") for name in NAMES} == {*SCHEMES, *WITH_OPTIONS}


@pytest.mark.parametrize("name", NAMES)
def test_a_known_request_is_taken(name: str) -> None:
    VECTORS[name].verify()


@pytest.mark.parametrize("name", NAMES)
def test_its_secret_may_be_any_of_the_live_ones(name: str) -> None:
    vector = VECTORS[name]
    other = "0" * 64 if name.startswith("mtls") else "AAAA"
    vector.verify(vector.call, other, vector.secret)
    with pytest.raises(InvalidSignature):
        vector.verify(vector.call, other)


@pytest.mark.parametrize("name", SIGNED_BODY)
@pytest.mark.parametrize("end", [b"\n", b" ", b"\x00"])
def test_another_body_is_refused(name: str, end: bytes) -> None:
    vector = VECTORS[name]
    with pytest.raises(InvalidSignature):
        vector.verify(replace(vector.call, body=vector.call.body + end))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("noise", ["", "=", "é", "\x80" * 44, "v1,", "t=1,v1=", "sha256=", "\xff"])
def test_no_noise_in_any_header_is_taken_or_breaks(name: str, noise: str) -> None:
    vector = VECTORS[name]
    headers = dict.fromkeys(vector.call.headers, noise)
    with pytest.raises(InvalidSignature):
        vector.verify(replace(vector.call, headers=headers, token=noise))
    with pytest.raises(InvalidSignature):
        vector.verify(replace(vector.call, headers={}, token=""))


@pytest.mark.parametrize("name", STAMPED)
@pytest.mark.parametrize(("off", "taken"), [(-300, True), (300, True), (-301, False), (301, False)])
def test_a_signed_time_stamp_may_be_a_little_off(name: str, off: int, taken: bool) -> None:
    vector = VECTORS[name]
    call = replace(vector.call, now=vector.call.now + off)
    if taken:
        vector.verify(call)
    else:
        with pytest.raises(InvalidSignature, match="clocks"):
            vector.verify(call)


@pytest.mark.parametrize("name", STAMPED)
@pytest.mark.parametrize("stamp", ["", "nan", "inf", "1e9", "-1", "9" * 400, "١٢٣", " 1492774577"])
def test_a_time_stamp_is_digits(name: str, stamp: str) -> None:
    vector = VECTORS[name]
    was = str(int(vector.call.now))
    headers = {key: value.replace(was, stamp) for key, value in vector.call.headers.items()}
    with pytest.raises(InvalidSignature):
        vector.verify(replace(vector.call, headers=headers))


def test_a_stamp_in_milliseconds() -> None:
    options = {"header": "x", "timestamp": "y", "signed": "{timestamp}{body}"}
    key = hmac_sha256(b"k", b"1614265330000{}").hex()
    scheme = scheme_of("hmac", {**options, "timestamp_unit": "ms"})
    call = Call({"x": key, "y": "1614265330000"}, b"{}", 1614265330.0)
    scheme.verify(call, [b"k"], WINDOW)
    with pytest.raises(InvalidSignature):
        scheme_of("hmac", options).verify(call, [b"k"], WINDOW)


@pytest.mark.parametrize("name", [name for name in NAMES if VECTORS[name].event_id])
def test_the_event_is_known_again(name: str) -> None:
    vector = VECTORS[name]
    assert vector.scheme.event_id(vector.call, vector.payload) == vector.event_id


def test_two_orders_in_one_second_are_two_events_of_woocommerce() -> None:
    vector = VECTORS["woocommerce"]
    ids = [
        vector.scheme.event_id(replace(vector.call, body=body), None)
        for body in (b'{"id":1}', b'{"id":2}', b'{"id":1}')
    ]
    assert ids[0] == ids[2] != ids[1]
    assert ids[0].startswith("order.created:7f:")


def test_woocommerce_greets_unsigned_and_only_with_a_number() -> None:
    scheme = scheme_of("woocommerce", {})
    assert scheme.greets(Call({}, b"webhook_id=12", 0.0))
    assert not scheme.greets(Call({}, b"webhook_id=12&a=b", 0.0))
    assert not scheme.greets(Call({"x-wc-webhook-signature": "x"}, b"webhook_id=12", 0.0))
    assert not scheme_of("shopify", {}).greets(Call({}, b"webhook_id=12", 0.0))


def test_odoo_sends_once_so_each_call_is_an_event() -> None:
    scheme = scheme_of("odoo", {})
    call = Call({}, b"{}", 0.0, "hush")
    assert scheme.event_id(call, {}) != scheme.event_id(call, {})


@pytest.mark.parametrize("payload", [None, [], {}, {"id": ""}, {"id": {"a": 1}}, {"id": "a b"}])
def test_a_stripe_event_without_an_id_is_refused(payload: Any) -> None:
    with pytest.raises(InvalidDelivery):
        scheme_of("stripe", {}).event_id(Call({}, b"", 0.0), payload)


def test_a_certificate_counts_only_from_a_proxy() -> None:
    vector = VECTORS["mtls by Envoy"]
    with pytest.raises(InvalidSignature, match="trusted proxy"):
        vector.verify(replace(vector.call, proxied=False))


@pytest.mark.parametrize(
    "forged",
    [
        f'Subject="x;Hash={FINGERPRINT}"',
        f'Hash=00;Subject="CN=\\";Hash={FINGERPRINT}\\""',
        f"Hash={FINGERPRINT},By=http://nearest",
        f"Hash={FINGERPRINT},Hash={'0' * 64}",
        f'"Hash={FINGERPRINT}',
    ],
)
def test_only_the_nearest_proxys_own_word_counts(forged: str) -> None:
    vector = VECTORS["mtls by Envoy"]
    call = replace(vector.call, headers={"x-forwarded-client-cert": forged})
    with pytest.raises(InvalidSignature):
        vector.verify(call)


@pytest.mark.parametrize(
    ("scheme", "options", "said"),
    [
        ("carrier-pigeon", {}, "github, hmac, mtls, odoo, shopify, standard, stripe, woocommerce"),
        ("shopify", {"header": "x"}, "has no options"),
        ("hmac", {}, "header: Field required"),
        ("hmac", {"header": "x", "algorithm": "md5"}, "algorithm"),
        ("hmac", {"header": "x", "signed": "{timestamp}"}, "must hold {body}"),
        ("hmac", {"header": "x", "timestamp": "y"}, "needs both"),
        ("hmac", {"header": "x", "signed": "{timestamp}.{body}"}, "needs both"),
        ("mtls", {"heeder": "x"}, "heeder: Extra inputs"),
    ],
)
def test_a_wrong_option_is_named(scheme: str, options: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        scheme_of(scheme, options)
    assert said in str(caught.value)


@pytest.mark.parametrize(("scheme", "secret"), [("standard", "whsec_!"), ("mtls", "abc")])
def test_a_secret_that_cannot_be_one_is_named_without_being_told(scheme: str, secret: str) -> None:
    with pytest.raises(ValueError, match="a secret of") as caught:
        scheme_of(scheme, {}).key(secret)
    assert secret not in str(caught.value).split("is ", 1)[0]


def test_a_key_that_openssl_made_signs_as_ours_does() -> None:
    assert b64encode(hmac_sha256(b"hush", b'{"id":1}')).decode() == OPENSSL_BASE64


@pytest.mark.parametrize("secrets", [{"shopify": []}, {"shopify": ["a", ""]}, {"acme": ["a"]}])
def test_a_source_without_a_secret_or_a_scheme_is_a_mistake(
    secrets: dict[str, list[str]],
) -> None:
    with pytest.raises(ConfigurationError):
        GatewayOptions.of("", secrets)


def test_a_source_may_be_one_of_several_shops() -> None:
    options = GatewayOptions.of("", {"shopify-eu": ["a"], "shopify-us": ["b"]})
    assert options.sources["shopify-us"].keys == (b"b",)


def test_options_show_no_secret() -> None:
    options = GatewayOptions.of("postgresql://u:hidden1@h/d", {"shopify": ["hidden2"]})
    assert "hidden" not in repr(options)
