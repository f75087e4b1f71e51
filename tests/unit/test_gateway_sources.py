"""What a source file says of who may send, how much, and which events count."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from hmac import digest
from ipaddress import ip_network
from typing import Any

import pytest
from starlette.testclient import TestClient

from odoo_bridge.errors import ConfigurationError
from odoo_bridge.gateway import GatewayOptions, build_app
from odoo_bridge.gateway.bucket import Bucket
from odoo_bridge.gateway.call import peer_of, sender_of
from tests.unit.gateway_intake import MemoryIntake, source_file

SECRET = "a secret"
GENERIC = """
[source]
scheme = "hmac"
event_id = "id"
[source.options]
header = "X-Sign"
"""


@contextmanager
def serving(
    text: str, intake: MemoryIntake, peer: str = "203.0.113.9", **options: Any
) -> Iterator[TestClient]:
    file = source_file(text)
    given = GatewayOptions.of("", {file.name: [SECRET]}, {file.name: file}, **options)
    with TestClient(build_app(given, intake), client=(peer, 1234)) as client:
        yield client


def post(client: TestClient, body: bytes, **headers: str) -> Any:
    sign = digest(SECRET.encode(), body, sha256).hex()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.post("/hooks/shop", content=body, headers={"X-Sign": sign, **named})


@pytest.fixture
def intake() -> MemoryIntake:
    return MemoryIntake()


def test_the_event_id_is_where_the_file_says(intake: MemoryIntake) -> None:
    with serving(GENERIC, intake) as client:
        assert post(client, b'{"id": 7}').status_code == 202
        assert post(client, b'{"id": 7, "again": true}').status_code == 200
    assert list(intake.kept) == [("shop", "7")]


@pytest.mark.parametrize(
    "body", [b"{}", b'{"id": null}', b'{"id": true}', b'{"id": 1.5}', b'{"id": [1]}', b"[1]", b"1"]
)
def test_without_an_event_id_it_is_400_and_says_where_to_look(
    intake: MemoryIntake, body: bytes
) -> None:
    with serving(GENERIC, intake) as client:
        answer = post(client, body)
    assert (answer.status_code, intake.kept) == (400, {})
    assert "event_id (id)" in answer.json()["error"]["message"]


def test_a_scheme_that_knows_no_events_needs_an_event_id() -> None:
    file = source_file(GENERIC.replace('event_id = "id"', ""))
    with pytest.raises(ConfigurationError, match="'shop': set event_id"):
        GatewayOptions.of("", {"shop": [SECRET]}, {"shop": file})


def test_a_source_without_a_secret_is_a_mistake() -> None:
    with pytest.raises(ConfigurationError, match="'shop' needs a secret"):
        GatewayOptions.of("", {}, {"shop": source_file(GENERIC)})


def test_what_the_filter_leaves_out_is_stored_and_not_wanted(intake: MemoryIntake) -> None:
    with serving(
        GENERIC.replace("event_id", "filter = \"kind == 'order'\"\nevent_id"), intake
    ) as c:
        assert post(c, b'{"id": 1, "kind": "order"}').status_code == 202
        assert post(c, b'{"id": 2, "kind": "other"}').status_code == 202
    assert [each.wanted for each in intake.kept.values()] == [True, False]


def test_an_expression_that_fails_is_400(intake: MemoryIntake) -> None:
    with serving(GENERIC.replace('"id"', '"length(id)"'), intake) as client:
        answer = post(client, b'{"id": 1}')
    assert answer.status_code == 400
    assert "length(id)" in answer.json()["error"]["message"]


def test_the_ordering_key_is_kept(intake: MemoryIntake) -> None:
    with serving(GENERIC.replace("event_id", 'ordering_key = "order.no"\nevent_id'), intake) as c:
        post(c, b'{"id": 1, "order": {"no": 42}}')
        post(c, b'{"id": 2, "order": {"no": "a\\u0000b"}}')
        post(c, b'{"id": 3, "order": {"no": {"x": 1}}}')
        post(c, b'{"id": 4}')
    assert [each.ordering_key for each in intake.kept.values()] == ["42", "ab", "", ""]


def test_more_headers_are_kept_where_the_file_says(intake: MemoryIntake) -> None:
    with serving(GENERIC.replace("event_id", 'headers = ["X-Shop"]\nevent_id'), intake) as client:
        post(client, b'{"id": 1}', X_Shop="north", X_Other="no")
    (delivery,) = intake.kept.values()
    assert delivery.headers == {"x-shop": "north"}


def test_a_form_and_xml_are_read_where_they_are_allowed(intake: MemoryIntake) -> None:
    text = GENERIC.replace("event_id", 'content_types = ["form", "xml"]\nevent_id')
    with serving(text.replace('"id"', '"id || order.id"'), intake) as client:
        form = post(client, b"id=5&a=b", Content_Type="application/x-www-form-urlencoded")
        xml = post(client, b"<order><id>6</id></order>", Content_Type="application/xml")
        json = post(client, b'{"id": 7}', Content_Type="application/json")
    assert [form.status_code, xml.status_code, json.status_code] == [202, 202, 400]
    assert [event for _, event in intake.kept] == ["5", "6"]
    assert [each.body for each in intake.kept.values()] == [
        b"id=5&a=b",
        b"<order><id>6</id></order>",
    ]


def test_raw_bytes_are_kept_as_they_came(intake: MemoryIntake) -> None:
    text = GENERIC.replace('"id"', '"header:X-Id"').replace(
        "event_id", 'content_types = ["raw"]\nevent_id'
    )
    body = bytes(range(256))
    with serving(text, intake) as client:
        assert post(client, body, X_Id="1").status_code == 202
    assert [each.body for each in intake.kept.values()] == [body]


def test_a_sources_own_size_limit(intake: MemoryIntake) -> None:
    with serving(GENERIC + "[limits]\nbytes = 20\n", intake) as client:
        assert post(client, b'{"id": "0123456789"}').status_code == 202
        assert post(client, b'{"id": "01234567890"}').status_code == 413


def test_over_the_rate_is_429_and_says_when_to_come_back(intake: MemoryIntake) -> None:
    with serving(GENERIC + "[limits]\nper_second = 0.001\nburst = 2\n", intake) as client:
        statuses = [post(client, b'{"id": %d}' % number).status_code for number in range(3)]
        late = post(client, b'{"id": 9}')
    assert statuses == [202, 202, 429]
    assert late.json()["error"]["code"] == "too_many"
    assert 900 < int(late.headers["retry-after"]) <= 1000


def test_a_stranger_uses_up_nothing_of_the_rate(intake: MemoryIntake) -> None:
    with serving(GENERIC + "[limits]\nper_second = 0.001\nburst = 1\n", intake) as client:
        for _ in range(5):
            assert client.post("/hooks/shop", content=b'{"id": 1}').status_code == 401
        assert post(client, b'{"id": 1}').status_code == 202


def test_a_bucket_fills_up_again_to_its_burst_and_no_further() -> None:
    bucket = Bucket(2.0, 3)
    assert [bucket.wait(10.0) for _ in range(4)] == [0, 0, 0, 0.5]
    assert bucket.wait(10.5) == 0
    assert [bucket.wait(1000.0) for _ in range(4)] == [0, 0, 0, 0.5]


ALLOWED = GENERIC + '[limits]\nallow_ips = ["192.0.2.0/24", "2001:db8::/32"]\n'


@pytest.mark.parametrize(
    ("peer", "forwarded", "status"),
    [
        ("192.0.2.7", "", 202),
        ("2001:db8::7", "", 202),
        ("::ffff:192.0.2.7", "", 202),
        ("203.0.113.9", "", 403),
        # nobody's word for it but a proxy's
        ("203.0.113.9", "192.0.2.7", 403),
        ("10.0.0.1", "192.0.2.7", 202),
        ("10.0.0.1", "192.0.2.7, 10.0.0.2", 202),
        # the sender wrote the first one itself
        ("10.0.0.1", "192.0.2.7, 203.0.113.9", 403),
        ("10.0.0.1", "192.0.2.7, nonsense", 403),
        ("10.0.0.1", "", 403),
        ("testclient", "192.0.2.7", 403),
    ],
)
def test_only_allowed_networks_may_send(
    intake: MemoryIntake, peer: str, forwarded: str, status: int
) -> None:
    proxies = (ip_network("10.0.0.0/8"),)
    with serving(ALLOWED, intake, peer, proxies=proxies) as client:
        answer = post(client, b'{"id": 1}', X_Forwarded_For=forwarded)
    assert answer.status_code == status
    assert len(intake.kept) == (status == 202)


def test_a_sender_is_told_as_the_nearest_that_is_no_proxy() -> None:
    proxies = (ip_network("10.0.0.0/8"),)
    headers = {"x-forwarded-for": "1.1.1.1, 2.2.2.2,10.0.0.3"}
    assert str(sender_of(peer_of("10.0.0.1"), headers, proxies)) == "2.2.2.2"
    assert sender_of(None, headers, proxies) is None


def test_a_secret_in_the_path(intake: MemoryIntake) -> None:
    with serving('[source]\nscheme = "odoo"\n', intake) as client:
        assert client.post("/hooks/shop/a%20secret", json={"_id": 1}).status_code == 202
        for path in ("", "/", "/a", "/a%20secret/", "/a%20secret/x", "//a%20secret"):
            assert client.post(f"/hooks/shop{path}", json={"_id": 1}).status_code == 401
    assert len(intake.kept) == 1


def test_woocommerces_greeting_is_answered_and_stores_nothing(intake: MemoryIntake) -> None:
    with serving('[source]\nscheme = "woocommerce"\n', intake) as client:
        answer = client.post("/hooks/shop", data={"webhook_id": "12"})
        assert (answer.status_code, answer.json()["id"]) == (200, None)
        assert client.post("/hooks/shop", data={"webhook_id": "x"}).status_code == 401
    assert intake.kept == {}


def test_metrics_count_answers_by_source(intake: MemoryIntake) -> None:
    with serving(GENERIC, intake) as client:
        post(client, b'{"id": 1}')
        post(client, b'{"id": 1}')
        post(client, b"{}")
        client.post("/hooks/shop", content=b"{}")
        client.post("/hooks/nobody", content=b"{}")
        text = client.get("/metrics").text
    for status in (202, 200, 400, 401):
        assert f'fabric_deliveries_answered_total{{source="shop",status="{status}"}} 1.0' in text
    assert "nobody" not in text
    assert 'fabric_deliveries{source="shop",state="pending"} 1.0' in text
