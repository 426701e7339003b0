"""Names of members as X-Road writes them, and rights: nothing is allowed that nobody wrote down."""

import time
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dinh.exchange.members import Configuration, Group, Member, Membership, Revocations, Right, Server, Service, identifiers
from dinh.exchange.paths import Endpoint, read
from dinh.kernel import clock
from dinh.kernel.errors import Invalid, NotAllowed, NotFound, Unavailable

parts = st.text(alphabet="abzAZ019'()+,-.=?_", min_size=1, max_size=20).filter(lambda part: part.strip("."))
TITLE = {"en": "x"}


@given(parts, parts, parts, parts, parts)
def test_an_identifier_reads_as_it_was_written(instance: str, kind: str, code: str, name: str, service: str) -> None:
    for made in (
        identifiers.member(instance, kind, code), identifiers.subsystem(instance, kind, code, name), identifiers.service(instance, kind, code, name, service),
        identifiers.server(instance, kind, code, name),
    ):  # fmt: skip
        assert identifiers.read_text(made.text) == made
        assert identifiers.read_encoded(made.kind, made.encoded) == made
        assert read(f"/r1/{made.encoded}".encode()).segments[1:] == made.parts if "?" not in made.text else True


def test_the_forms() -> None:
    made = identifiers.subsystem("VN", "GOV", "G01", "dinh")
    assert (made.text, made.encoded) == ("SUBSYSTEM:VN/GOV/G01/dinh", "VN/GOV/G01/dinh")
    assert identifiers.service("VN", "GOV", "H24.101", "dinh", "a?b").encoded == "VN/GOV/H24.101/dinh/a%3Fb"
    assert identifiers.read_client("VN/GOV/G01").text == "MEMBER:VN/GOV/G01"
    assert identifiers.read_client("VN/GOV/G01/dinh").text == "SUBSYSTEM:VN/GOV/G01/dinh"


@pytest.mark.parametrize(
    "written",
    ["", "VN", "VN/GOV", "VN/GOV/G01/dinh/x", "VN//G01", "VN/GOV/", "VN/GOV/..", "VN/GOV/%2e%2e", "VN/GOV/G%2f01", "VN/GOV/G%252f01", "VN/GOV/G%00", "VN/GOV/G 01", "VN/GOV/%ff", "VN/GOV/G01\n", "VN/GOV/Ủy", "VN/GOV/" + "a" * 256],
)  # fmt: skip
def test_no_client_of_another_form(written: str) -> None:
    with pytest.raises(Invalid):
        identifiers.read_client(written)


@pytest.mark.parametrize(
    "written",
    ["", "SUBSYSTEM", "VN/GOV/G01", "OTHER:VN/GOV/G01", "MEMBER:VN/GOV", "SUBSYSTEM:VN/GOV/G01", "MEMBER:VN/GOV/G01/x", "member:VN/GOV/G01"],
)
def test_no_text_of_another_form(written: str) -> None:
    with pytest.raises(Invalid):
        identifiers.read_text(written)


def right(**changes: object) -> Right:
    return Right(**{"purpose": "p", "title": TITLE, "basis": "law", "ref": "r", "assurance": 0, "clients": ["A"], **changes})  # type: ignore[arg-type]


def membership(*rights: Right, **changes: object) -> Membership:
    now = clock.now()
    members = [Member("A", "GOV", TITLE, ["crm"]), Member("A.1", "GOV", TITLE), Member("B", "GOV", TITLE)]
    servers = [Server("one", "A", "https://one.example", ["A", "A.*"]), Server("two", "B", "https://two.example", ["B"])]
    made = Configuration(
        instance="X", version=1, made_at=now, valid_until=now + timedelta(hours=1), member_class="GOV", subsystem="own", members=members, servers=servers, certificates=[],
        authorities=[], timestampers=[], services=[Service(code="s", provider="B", kind="ask", title=TITLE, rights=list(rights))],
        groups=[Group("g", TITLE, ["A.*", "SUBSYSTEM:X/GOV/A/crm"])],
    )  # fmt: skip
    listed: dict[str, Any] = {"instance": "X", "version": 1, "made_at": now, "valid_until": now, "most_until": now + timedelta(hours=1), **changes}
    return Membership(made, Revocations(**listed))


def test_default_is_no() -> None:
    found = membership(right())
    assert found.right("s", "A", "p", 0)
    for client, purpose in (("A.1", "p"), ("B", "p"), ("A", "q"), ("C", "p")):
        with pytest.raises(NotAllowed):
            found.right("s", client, purpose, 0)
    with pytest.raises(NotFound):
        found.right("t", "A", "p", 0)
    with pytest.raises(NotAllowed):
        found.permit(found.service("s"), "A", "p", 0, subsystem="crm")


def test_groups_subsystems_and_the_first_right_that_fits() -> None:
    low, high = right(groups=["g", "none"], clients=[], daily=5), right(groups=["g"], clients=[], assurance=2, endpoints=[Endpoint("GET", "/x/*")])
    found = membership(high, low)
    service = found.service("s")
    assert found.right("s", "A.1", "p", 2) is low, "one POST is no endpoint of the other"
    assert found.permit(service, "A.1", "p", 2, method="GET", path=read(b"/x/1")) is high
    assert found.permit(service, "A.1", "p", 0, method="GET", path=read(b"/x/1")) is low
    assert found.permit(service, "A", "p", 0, subsystem="crm") is low
    with pytest.raises(NotAllowed):
        found.right("s", "A", "p", 2)


def test_a_service_of_our_own_is_one_post() -> None:
    assert membership(right(endpoints=[Endpoint("POST", "/")])).right("s", "A", "p", 0)
    with pytest.raises(NotAllowed):
        membership(right(endpoints=[Endpoint("GET", "/")])).right("s", "A", "p", 0)


@pytest.mark.parametrize("changes", [{"members": ["A"]}, {"servers": ["one"]}])
def test_whoever_was_revoked_has_no_right(changes: dict[str, list[str]]) -> None:
    with pytest.raises(NotAllowed) as refusal:
        membership(right(), **changes).right("s", "A", "p", 0)
    assert refusal.value.key == "exchange.revoked"


def test_past_its_time_nothing_is_asked_and_messages_are_still_written_down() -> None:
    found = membership(right(), most_until=clock.now() - timedelta(seconds=1))
    with pytest.raises(Unavailable):
        found.right("s", "A", "p", 0)
    assert found.right("s", "A", "p", 0, later=True)


def test_made_up_names_fill_no_memory() -> None:
    found = membership(right())
    for number in range(1000):
        with pytest.raises(NotAllowed):
            found.right("s", f"made-up-{number}", "p", 0)
        with pytest.raises(NotAllowed):
            found.right("s", "A", f"made-up-{number}", 0)
        with pytest.raises(NotFound):
            found.node_of(f"made-up-{number}")
    assert (len(found._rights), len(found._hosts), len(found._active)) == (0, 1, 1)


def test_a_look_up_is_quick() -> None:
    """A few microseconds, ten at most on a busy machine."""
    found = membership(*(right(purpose=f"p{number}", clients=["A.*"]) for number in range(100)), right())
    found.right("s", "A", "p", 0)
    best = float("inf")
    for _ in range(20):
        start = time.perf_counter()
        for _ in range(200):
            found.right("s", "A", "p", 0)
        best = min(best, (time.perf_counter() - start) / 200)
    assert best < 10e-6, f"{best * 1e6:.1f} us"


def test_a_configuration_reads_as_it_was_written() -> None:
    made = membership(right(groups=["g"], daily=3, endpoints=[Endpoint("GET", "/x")])).configuration
    assert msgspec.json.decode(msgspec.json.encode(made), type=Configuration) == made
