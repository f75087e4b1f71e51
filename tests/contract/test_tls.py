"""TLS that is in order, and of every kind that is not, with real certificates."""

from __future__ import annotations

import socket
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
import trustme
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from structlog.testing import capture_logs

from odoo_bridge.errors import AppliedUnknown, ConfigurationError, OdooUnavailable, TlsRefused
from odoo_bridge.rpc import Http, Tls
from tests.contract.answering import call, options, response, serving, transport, value

HERE = "127.0.0.1"
ANSWER = response(value("xmlrpc", "hello"), content="text/xml")


class Authority(NamedTuple):
    ca: trustme.CA
    file: Path

    def server(self, *names: str, days: int = 1) -> ssl.SSLContext:
        """The server's side, with a certificate for these names that lasts so long."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        now = datetime.now(UTC)
        times = {"not_before": now - timedelta(days=9), "not_after": now + timedelta(days=days)}
        self.ca.issue_cert(*names, **times).configure_cert(context)
        return context


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    ca = trustme.CA()
    file = tmp_path_factory.mktemp("tls") / "ca.pem"
    ca.cert_pem.write_to_path(str(file))
    return Authority(ca, file)


def asked(context: ssl.SSLContext, tls: Tls) -> object:
    with serving(ANSWER, context) as url:
        return call(transport("xmlrpc", url, options(tls)))


def test_an_own_authority_is_trusted_once_it_is_named(authority: Authority) -> None:
    assert asked(authority.server(HERE), Tls(ca=authority.file)) == "hello"


def test_an_authority_that_nobody_named_is_refused(authority: Authority) -> None:
    with pytest.raises(TlsRefused, match=r"not trusted here.*FABRIC_ODOO_CA"):
        asked(authority.server(HERE), Tls())


def test_a_certificate_that_signs_itself_is_refused(authority: Authority, tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    both = tmp_path / "self.pem"
    both.write_bytes(authority.ca.private_key_pem.bytes() + authority.ca.cert_pem.bytes())
    context.load_cert_chain(both)
    with pytest.raises(TlsRefused, match=r"self-signed.*FABRIC_ODOO_CA"):
        asked(context, Tls())


def test_an_expired_certificate_says_so(authority: Authority) -> None:
    with pytest.raises(TlsRefused, match="has expired"):
        asked(authority.server(HERE, days=-1), Tls(ca=authority.file))


@pytest.mark.parametrize("name", ["odoo.example.com", "127.0.0.2"])
def test_a_certificate_for_another_host_says_so(authority: Authority, name: str) -> None:
    with pytest.raises(TlsRefused, match="check FABRIC_ODOO_URL"):
        asked(authority.server(name), Tls(ca=authority.file))


def test_who_trusts_anybody_reads_so_in_the_log(authority: Authority) -> None:
    with capture_logs() as logs:
        assert asked(authority.server("odoo.example.com", days=-1), Tls(verify=False)) == "hello"
    (warning,) = logs
    assert (warning["event"], warning["log_level"]) == ("odoo.tls_not_verified", "warning")


def mutual(authority: Authority) -> ssl.SSLContext:
    context = authority.server(HERE)
    context.verify_mode = ssl.CERT_REQUIRED
    authority.ca.configure_trust(context)
    return context


def test_a_certificate_of_ours_opens_the_door(authority: Authority, tmp_path: Path) -> None:
    ours = authority.ca.issue_cert("worker@example.com")
    certificate, key = tmp_path / "us.pem", tmp_path / "us.key"
    ours.cert_chain_pems[0].write_to_path(str(certificate))
    ours.private_key_pem.write_to_path(str(key))
    given = Tls(ca=authority.file, certificate=certificate, key=key)
    assert asked(mutual(authority), given) == "hello"


def test_a_door_that_wants_a_certificate_of_ours_says_so(authority: Authority) -> None:
    # The reset of the connection may overtake the word of the server; it was not applied then.
    with pytest.raises((TlsRefused, OdooUnavailable, AppliedUnknown)) as caught:
        asked(mutual(authority), Tls(ca=authority.file))
    assert caught.type is not TlsRefused or "FABRIC_ODOO_CERTIFICATE" in str(caught.value)


def test_a_handshake_of_tls_1_2_without_our_certificate_says_so(authority: Authority) -> None:
    context = mutual(authority)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with pytest.raises(TlsRefused, match="FABRIC_ODOO_CERTIFICATE"):
        asked(context, Tls(ca=authority.file))


@pytest.mark.parametrize("field", ["ca", "certificate"])
def test_a_file_that_is_missing_or_no_certificate_is_named(tmp_path: Path, field: str) -> None:
    (tmp_path / "nonsense.pem").write_text("nonsense")
    for name in ("missing.pem", "nonsense.pem"):
        with pytest.raises(ConfigurationError, match=f"{name} cannot be used"):
            Http("https://odoo.example.com", options(Tls(**{field: tmp_path / name})))


def test_a_key_with_a_password_is_not_asked_for_at_the_terminal(tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"sesame"),
    )
    certificate = trustme.CA().issue_cert("worker@example.com").cert_chain_pems[0].bytes()
    (tmp_path / "us.pem").write_bytes(certificate + key)
    with pytest.raises(ConfigurationError, match=r"us\.pem cannot be used"):
        Http("https://odoo.example.com", options(Tls(certificate=tmp_path / "us.pem")))


def test_a_server_that_hangs_up_in_the_handshake_is_no_matter_of_trust() -> None:
    def behave(sock: socket.socket, _request: bytes) -> None:
        del sock

    with serving(behave) as url, pytest.raises(OdooUnavailable):
        call(transport("xmlrpc", url.replace("http:", "https:"), options(Tls())))
