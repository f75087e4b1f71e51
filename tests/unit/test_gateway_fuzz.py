"""Whatever comes in, the gateway never breaks and never believes a forged signature."""

from __future__ import annotations

from urllib.parse import quote

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.gateway_intake import MemoryIntake, gateway, shopify_headers, signature

# h11 and uvicorn let neither NUL nor line ends into a header's value.
header_values = st.binary(max_size=300).map(
    lambda raw: raw.translate(None, b"\x00\r\n").strip(b" \t")
)
names = st.sampled_from(
    [
        "X-Shopify-Hmac-Sha256",
        "X-Shopify-Event-Id",
        "X-Shopify-Topic",
        "X-Shopify-Shop-Domain",
        "X-Correlation-Id",
        "traceparent",
        "Content-Type",
        "Transfer-Encoding",
        "Content-Encoding",
    ]
)
json_like = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=10,
).map(lambda value: repr(value).encode("utf-8", "surrogatepass"))
bodies = st.binary(max_size=400) | json_like | st.just(b'{"id": "\\u0000"}')


@settings(max_examples=300, deadline=None)
@given(body=bodies, headers=st.dictionaries(names, header_values, max_size=9))
def test_unsigned_noise_is_refused_and_nothing_kept(body: bytes, headers: dict[str, bytes]) -> None:
    intake = MemoryIntake()
    with gateway(intake) as client:
        answer = client.post("/hooks/shopify", content=body, headers=headers)
    if headers.get("X-Shopify-Hmac-Sha256", b"").decode("latin-1") != signature(body):
        assert answer.status_code == 401
        assert intake.kept == {}
    assert set(answer.json()["error"]) == {"code", "message"}


@settings(max_examples=300, deadline=None)
@given(body=bodies, headers=st.dictionaries(names, header_values, max_size=9))
def test_signed_noise_is_stored_or_refused_but_never_breaks(
    body: bytes, headers: dict[str, bytes]
) -> None:
    signed = {name: value.encode() for name, value in shopify_headers(body).items()}
    noise = {name: value for name, value in headers.items() if "Hmac" not in name}
    intake = MemoryIntake()
    with gateway(intake) as client:
        answer = client.post("/hooks/shopify", content=body, headers={**signed, **noise})
    assert answer.status_code in {202, 400}
    assert len(intake.kept) == (answer.status_code == 202)


@settings(max_examples=200, deadline=None)
@given(path=st.binary(max_size=50), method=st.sampled_from(["GET", "PUT", "POST", "DELETE"]))
def test_any_path_and_method_has_an_answer(path: bytes, method: str) -> None:
    with gateway(MemoryIntake()) as client:
        answer = client.request(method, f"/hooks/x{quote(path)}")
    assert answer.status_code in {404, 405}
