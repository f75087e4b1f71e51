"""What a failure of TLS means, and what to do about it."""

from __future__ import annotations

import ssl

from odoo_bridge.errors import TlsRefused

# X509_V_ERR_… of OpenSSL's x509_vfy.h.
_CERTIFICATE = {
    9: "is not valid yet: check the clocks",
    10: "has expired: renew it",
    18: "is self-signed: name the file that holds it in FABRIC_ODOO_CA",
    19: "comes from an authority that is not trusted here: name its file in FABRIC_ODOO_CA",
    20: "comes from an authority that is not trusted here: name its file in FABRIC_ODOO_CA",
    21: "comes from an authority that is not trusted here: name its file in FABRIC_ODOO_CA",
    62: "is for another host: check FABRIC_ODOO_URL",
    64: "is for another address: check FABRIC_ODOO_URL",
}
# What OpenSSL says when the other side speaks no TLS at all.
_PLAIN = ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "PACKET_LENGTH_TOO_LONG", "RECORD_LAYER_FAILURE")
# Alerts of the server about our side (RFC 8446, 6.2).
_ASKED = ("CERTIFICATE_REQUIRED", "BAD_CERTIFICATE", "HANDSHAKE_FAILURE", "UNKNOWN_CA")


def is_about_trust(error: object) -> bool:
    """Whether waiting will not mend it, as opposed to a connection that broke."""
    text = str(error)
    return (
        isinstance(error, ssl.SSLCertVerificationError | ssl.CertificateError)
        or "doesn't match" in text
        or any(mark in text for mark in (*_PLAIN, *_ASKED, "PROTOCOL_VERSION", "NO_SHARED_CIPHER"))
    )


def tls_refused(url: str, error: object) -> TlsRefused:
    """The error for a person, for what ``is_about_trust`` said yes to."""
    if isinstance(error, ssl.SSLCertVerificationError):
        what = _CERTIFICATE.get(error.verify_code, f"is refused ({error.verify_message})")
        return TlsRefused(f"TLS with {url}: its certificate {what}")
    text = str(error)
    if any(mark in text for mark in _PLAIN):
        return TlsRefused(f"TLS with {url}: the server speaks none there; is it http:// instead?")
    if any(mark in text for mark in _ASKED):
        return TlsRefused(
            f"TLS with {url}: the server wants a certificate of ours that it trusts: "
            "set FABRIC_ODOO_CERTIFICATE"
        )
    return TlsRefused(f"TLS with {url} fails: {text}")
