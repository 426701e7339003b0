"""The bytes of a message are exactly X-Road's, and nothing else reads as one."""

import base64
import hashlib
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dinh.exchange.gateway import rules
from dinh.exchange.gateway.contracts import Envelope
from dinh.exchange.members import Member, Names
from dinh.exchange.messages import DROPPED, Request, Response, Unreadable, decode, encode_request, encode_response, kept, request_hash

NAMES = Names("VN", "GOV", "dinh")
MEMBERS = {code: Member(code, "GOV", {"en": code}) for code in ("G01", "G22", "H24", "H24.101")}
VALUES = st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters=[chr(at) for at in (127,)]), max_size=30)
HEADERS = st.lists(st.tuples(st.from_regex(r"[A-Za-z][A-Za-z0-9-]{0,20}", fullmatch=True), VALUES), max_size=6).map(tuple)
TARGETS = st.from_regex(r"/[!-~]{0,40}", fullmatch=True)
# A zero byte is refused: no database keeps it.
LETTERS = st.characters(exclude_characters="\0", codec="utf-8")
TEXTS = st.one_of(st.none(), st.text(LETTERS, min_size=1, max_size=20))


def test_a_request_is_written_as_the_protocol_says() -> None:
    headers = (("X-Road-Client", "VN/GOV/G22/dinh"), ("accept", "application/json"), ("x-road-request-id", "1"))
    written = encode_request(Request("GET", "/r1/VN/GOV/G01/dinh/persons/1?full=yes", headers))
    assert written == (
        b"GET\r\n/r1/VN/GOV/G01/dinh/persons/1?full=yes\r\nX-Road-Client:VN/GOV/G22/dinh\r\naccept:application/json\r\nx-road-request-id:1\r\n"
    )
    assert encode_response(Response(200, "OK", (("x-road-id", "a"),))) == b"200\r\nOK\r\nx-road-id:a\r\n"


def test_the_hash_of_a_request_is_of_its_message_or_of_both_hashes() -> None:
    message, body = b"GET\r\n/\r\n", b"{}"
    assert request_hash(message, None) == base64.b64encode(hashlib.sha512(message).digest()).decode()
    both = hashlib.sha512(message).digest() + hashlib.sha512(body).digest()
    assert request_hash(message, body) == base64.b64encode(hashlib.sha512(both).digest()).decode()


@given(st.sampled_from(["GET", "POST", "DELETE"]), TARGETS, HEADERS)
def test_what_is_written_is_read_again(verb: str, target: str, headers: tuple[tuple[str, str], ...]) -> None:
    request = Request(verb, target, headers)
    assert decode(encode_request(request)) == request


@given(st.integers(100, 599), VALUES, HEADERS)
def test_a_response_too(status: int, reason: str, headers: tuple[tuple[str, str], ...]) -> None:
    response = Response(status, reason, headers)
    assert decode(encode_response(response)) == response


@given(st.binary(max_size=200))
def test_bytes_are_read_as_what_writes_them_or_not_at_all(data: bytes) -> None:
    try:
        found = decode(data)
    except Unreadable:
        return
    assert (encode_request(found) if isinstance(found, Request) else encode_response(found)) == data


@pytest.mark.parametrize(
    "data",
    [
        b"", b"GET\r\n/", b"GET /\r\n/\r\n", b"get\r\n/\r\n", b"GET\r\n/a b\r\n", b"GET\r\n/\r\nname\r\n", b"GET\r\n/\r\nna me:x\r\n", b"GET\r\n/\r\na:b\nc:d\r\n",
        b"0200\r\nOK\r\n", b"2000\r\nOK\r\n", b"GET\r\n/\r\n\r\n", b"GET\r\nhttp://x/\r\n", b"GET\r\n/\r\na:\x00\r\n", b"GET\r\n/#part\x80\r\n",
    ],
)  # fmt: skip
def test_what_could_be_read_in_two_ways_is_refused(data: bytes) -> None:
    with pytest.raises(Unreadable):
        decode(data)


@pytest.mark.parametrize("value", ["a\r\nX-Road-Client:VN/GOV/G01/dinh", "a\nb", "a\x00"])
def test_a_header_cannot_carry_another(value: str) -> None:
    with pytest.raises(Unreadable):
        encode_request(Request("GET", "/", (("x", value),)))


def test_headers_of_the_connection_do_not_travel() -> None:
    given_headers = [(name.title(), "x") for name in DROPPED] + [("Authorization", "Bearer 1"), ("X-Road-Request-Id", "forged")]
    assert kept(given_headers, frozenset({"x-road-request-id"})) == [("Authorization", "Bearer 1")]


@given(st.builds(
    Envelope, id=st.uuids(), message_id=st.from_regex(r"[A-Za-z0-9-]{1,40}", fullmatch=True), kind=st.sampled_from(["ask", "tell"]),
    client=st.sampled_from(["G22", "H24.101"]), provider=st.sampled_from(["G01", "H24"]), service=st.from_regex(r"[a-z][a-z._]{0,19}", fullmatch=True),
    purpose=st.from_regex(r"[a-z_]{1,20}", fullmatch=True), sent_at=st.datetimes(timezones=st.just(UTC), min_value=datetime(2000, 1, 1)),
    legal_basis=st.text(LETTERS, max_size=20), case=TEXTS, person=TEXTS, post=TEXTS, assurance=st.integers(0, 3), on_behalf_of=TEXTS, mandate=TEXTS,
))  # fmt: skip
def test_an_envelope_arrives_as_it_was_written(envelope: Envelope) -> None:
    read = decode(encode_request(rules.write(envelope, NAMES)))
    assert isinstance(read, Request)
    assert rules.read(read, NAMES, MEMBERS) == envelope


def test_another_instance_is_not_read() -> None:
    envelope = Envelope(
        id=UUID(int=1),
        message_id="1",
        kind="ask",
        client="G22",
        provider="G01",
        service="a.b",
        purpose="p",
        sent_at=datetime(2026, 11, 22, tzinfo=UTC),
    )
    request = rules.write(envelope, Names("XB", "GOV", "dinh"))
    with pytest.raises(Unreadable):
        rules.read(request, NAMES, MEMBERS)
