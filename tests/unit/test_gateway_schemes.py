"""Signatures against vectors that were made by other hands, and the options that hold secrets."""

from __future__ import annotations

import pytest

from odoo_bridge.errors import ConfigurationError, InvalidSignature
from odoo_bridge.gateway import GatewayOptions
from odoo_bridge.gateway.schemes import Shopify
from odoo_bridge.gateway.schemes.base import hmac_sha256

# printf '{"id":1}' | openssl dgst -sha256 -hmac hush -binary | base64
OPENSSL = "VnKUjZsLuN5iZWjn5EntcBVCF9kMN43LglzCE1/GSeY="


def test_hmac_is_rfc_4231_test_case_2() -> None:
    made = hmac_sha256("Jefe", b"what do ya want for nothing?")
    assert made.hex() == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"


def test_shopify_takes_what_openssl_signed() -> None:
    headers = {"X-Shopify-Hmac-Sha256": OPENSSL}
    Shopify().verify(headers, b'{"id":1}', ["other", "hush"], 0.0)


@pytest.mark.parametrize(
    ("body", "secrets"),
    [(b'{"id":2}', ["hush"]), (b'{"id":1} ', ["hush"]), (b'{"id":1}', ["Hush"])],
)
def test_shopify_refuses_another_body_or_secret(body: bytes, secrets: list[str]) -> None:
    with pytest.raises(InvalidSignature):
        Shopify().verify({"X-Shopify-Hmac-Sha256": OPENSSL}, body, secrets, 0.0)


@pytest.mark.parametrize("secrets", [{"shopify": []}, {"shopify": ["a", ""]}, {"acme": ["a"]}])
def test_a_source_without_a_secret_or_a_scheme_is_a_mistake(
    secrets: dict[str, list[str]],
) -> None:
    with pytest.raises(ConfigurationError):
        GatewayOptions.of("", secrets)


def test_a_source_may_be_one_of_several_shops() -> None:
    options = GatewayOptions.of("", {"shopify-eu": ["a"], "shopify-us": ["b"]})
    assert options.sources["shopify-us"].secrets == ("b",)


def test_options_show_no_secret() -> None:
    options = GatewayOptions.of("postgresql://u:hidden1@h/d", {"shopify": ["hidden2"]})
    assert "hidden" not in repr(options)
