"""Calls of the fabric's gateway, which keeps deliveries. Its address and key are Odoo's settings."""

from urllib.parse import urlsplit

import requests

from odoo.exceptions import UserError

URL = "celery_bridge.gateway_url"
KEY = "celery_bridge.gateway_key"
TIMEOUT = 10
"""Seconds to connect, and to wait for the answer: a person looks at the page meanwhile."""


def ask(env, path, content=None, area="deliveries"):
    """What ``/admin/<area>/<path>`` answers: GET, or POST with JSON content.

    Raises ``UserError`` that says what to mend.
    """
    parameters = env["ir.config_parameter"].sudo()
    url, key = parameters.get_param(URL), parameters.get_param(KEY)
    if not url or not key:
        raise UserError(
            env._("Odoo does not know the gateway yet: an administrator puts its address and key into the settings.")
        )
    address = f"{url.rstrip('/')}/admin/{area}/{path}"
    try:
        answer = _answer(env, address, key, content)
    except (requests.RequestException, UnicodeError) as error:
        raise UserError(
            env._(
                "The gateway at %(place)s does not answer (%(reason)s). Deliveries wait in its ledger meanwhile.",
                place=urlsplit(url).netloc,
                reason=type(error).__name__,
            )
        ) from error
    return _content(env, answer)


def _answer(env, address, key, content):
    with requests.Session() as session:
        # A .netrc would replace the key; redirects would carry it elsewhere.
        session.trust_env = False
        return session.request(
            "GET" if content is None else "POST",
            address,
            json=content,
            headers={"Authorization": f"Bearer {key}", "X-Odoo-User": str(env.uid)},
            timeout=TIMEOUT,
            allow_redirects=False,
        )


def _content(env, answer):
    try:
        content = answer.json()
    except ValueError:
        content = None
    if not isinstance(content, dict):
        raise UserError(
            env._("What answers at the gateway's address is no gateway (HTTP %s): mend the settings.", answer.status_code)
        )
    if answer.status_code == 401:
        raise UserError(
            env._("The gateway refuses Odoo's key: put one of its FABRIC_GATEWAY_ADMIN_KEYS into the settings.")
        )
    if answer.status_code != 200:
        error = content.get("error")
        said = error.get("message") if isinstance(error, dict) else answer.status_code
        raise UserError(env._("The gateway says: %s", said))
    return content
