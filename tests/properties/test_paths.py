"""No encoding of a path passes a right for another one, and what was matched is what goes on."""

import posixpath
from urllib.parse import quote, unquote, urlsplit

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dinh.exchange.paths import Endpoint, covers, faults, read
from dinh.kernel.errors import Invalid

# Attempts to leave `/open` for `/secret`, as servers and proxies have been tricked by them.
TRAVERSALS = [
    "/open/../secret", "/open/..", "/../secret", "/..", "/.", "/open/./x", "/open/.", "/open//x", "//open", "//evil.example/open", "/open/x//",
    "/open/%2e%2e/secret", "/open/%2E%2E/secret", "/open/.%2e/secret", "/open/%2e./secret", "/open/%2e", "/open/%2e/x", "/%2e%2e",
    "/open%2fx", "/open%2Fx", "/open/..%2fsecret", "/open/..%2Fsecret", "/open/%2e%2e%2fsecret", "/open%2f..%2fsecret", "/open/x%2f..%2f..%2fsecret",
    "/open%5cx", "/open%5Cx", "/open\\x", "/open/..\\secret", "/open/..%5csecret", "/open/%2e%2e%5csecret", "\\open", "/\\evil.example",
    "/open/%252e%252e/secret", "/open/%252e%252e%252fsecret", "/open/..%252fsecret", "/open/%25252e%25252e/secret", "/open/%25", "/open/100%25", "/open/%25%32%65",
    "/open/%u002e%u002e/secret", "/open/%uff0e%uff0e/secret", "/open/%c0%ae%c0%ae/secret", "/open/%c0%af", "/open/%c1%9c", "/open/%e0%80%ae", "/open/%f0%80%80%ae",
    "/open/%c0%2e%c0%2e/secret", "/open/%ff", "/open/%c3", "/open/%c3%28", "/open/%ed%a0%80", "/open/%f4%90%80%80",
    "/open/%ef%bc%8e%ef%bc%8e/secret", "/open/%ef%bc%8fsecret", "/open/%e2%84%80", "/open/%e2%80%a5/secret", "/open/%ef%b8%b0/secret", "/open/%ef%bc%bcsecret", "/open/%ef%bc%85",
    "/open/..;/secret", "/open/..;a=b/secret", "/open;x=y/secret", "/open/;/secret", "/open/%3b/secret", "/open/..%3b/secret", "/open/.;./secret", "/open/%ef%bc%9b",
    "/open#/secret", "/open%23/secret", "/open?x=/secret", "/open%3f/secret", "/open%3F", "/open/%ef%bc%9f",
    "/open/%00", "/open/x%00.json", "/open\x00", "/open/%0a", "/open/%0d%0aX-Road-Client:%20x", "/open\r\nHost: x", "/open/%09", "/open/%7f", "/open/%1b", "/open/%c2%85",
    "/open/%e2%80%8b", "/open/%e2%80%ae", "/open/%ef%bb%bf", "/open/%e2%80%a8",
    "/open/%", "/open/%2", "/open/%2g", "/open/%%32e", "/open/% 2e", "/open/%2 e", "/open/%-1",
    "/open/...", "/open/....//secret", "/open/.. /secret", "/open/..%20/secret", "/open/%20", "/open/%20../x", "/open/..%20.", "/ /x", "/open x", "/open/\u1ea1", "/open/\u2025/x",
    "/%6fpen", "/%73ecret", "/open/%41", "/open/%7e", "/open/%2d", "/open/%5f", "/open/%30", "open", "open/x", "*", "http://evil.example/open", '/open"', "/open<", "/open|", "/open`", "/open^", "/open{x}", "/open[0]",
]  # fmt: skip
GOOD = [
    "", "/", "/open", "/open/", "/open/x", "/open/a.b", "/open/.well", "/open/a..b", "/open/~x", "/open/a,b", "/open/a:b@c", "/open/x%20y", "/open/H%e1%ba%a3i%20Ph%C3%B2ng",
    "/open/%c3%a1", "/open/a'(b)", "/open/a=b+c&d", "/open/$", "/open/!*", "/open/%26", "/open/%2b", "/open/%c2%bd", "/open/e%cc%81",
]  # fmt: skip
EVERYTHING = [
    Endpoint("*", "/**"),
    Endpoint("*", "/open/**"),
    Endpoint("*", "/*"),
    Endpoint("*", "/*/*"),
    Endpoint("*", "/*/*/*"),
    Endpoint("*", "/"),
]
OPEN = [Endpoint("GET", "/open/*")]
PIECES = ["..", ".", "%2e", "%2E", "%2f", "%5c", "\\", "/", "//", "%", "25", "%25", ";", "%3b", "#", "?", "%00", "%c0%ae", "%ef%bc%8e", "\uff0e", "a", "open", "secret", "%20", "%e1%ba%a3", "~"]  # fmt: skip
raw_paths = st.one_of(
    st.binary(max_size=40).map(lambda tail: b"/" + tail),
    st.lists(st.sampled_from(PIECES), max_size=12).map(lambda pieces: ("/" + "".join(pieces)).encode()),
    st.lists(st.sampled_from(PIECES), max_size=8).map(lambda pieces: ("/open/" + "".join(pieces)).encode()),
)


@pytest.mark.parametrize("raw", TRAVERSALS)
def test_no_traversal_is_read(raw: str) -> None:
    with pytest.raises(Invalid) as refusal:
        read(raw.encode())
    assert refusal.value.key == "exchange.bad_path"


@pytest.mark.parametrize("raw", GOOD)
def test_plain_paths_are_read_and_go_on_as_they_came(raw: str) -> None:
    path = read(raw.encode())
    assert path.raw == raw.encode()
    assert "/" + "/".join(path.segments) == (unquote(raw, errors="strict") or "/")


def test_a_path_has_an_end() -> None:
    assert read(b"/" + b"a" * 7999).segments == ("a" * 7999,)
    with pytest.raises(Invalid):
        read(b"/" + b"a" * 8000)


@given(raw_paths)
@example(b"/open/%E2%80%A4%E2%80%A4/x")
@example(b"/open/%cd%be")
def test_what_is_read_has_one_reading(raw: bytes) -> None:
    """Every decoder sees the same segments: once or again decoded, normalised, as part of an address, or as a client sends it."""
    try:
        path = read(raw)
    except Invalid:
        return
    text = raw.decode("ascii")
    seen = unquote(text, errors="strict")
    assert path.raw == raw
    assert unquote(seen, errors="strict") == seen, "a second decoding changes nothing"
    assert posixpath.normpath(seen) == (seen.rstrip("/") or "/"), "nothing to normalise but a last slash"
    assert posixpath.normpath("/base" + seen).startswith("/base"), "never above the base"
    assert urlsplit("http://provider" + seen).path == seen, "no query, fragment or host of its own"
    assert urlsplit("http://provider" + text).path == text
    assert httpx.URL("http://provider/base" + text).raw_path == (b"/base" + raw), "a client sends these very bytes"
    assert ["", *path.segments] == (seen or "/").split("/")


@given(raw_paths)
def test_an_endpoint_opens_nothing_else(raw: bytes) -> None:
    """A right for `/open/*` covers a path only if every decoder sees `/open/` and one more segment."""
    try:
        path = read(raw)
    except Invalid:
        return
    if covers(OPEN, "GET", path):
        first, second, *more = posixpath.normpath(unquote(raw.decode("ascii"))).split("/")[1:]
        assert (first, bool(second), more) == ("open", True, [])


@given(st.text(min_size=1))
def test_any_plain_segment_can_be_sent(segment: str) -> None:
    """What an author may write in an endpoint, a caller can ask for; what they may not, no caller can."""
    right = "*" not in segment and "/" not in segment and not list(faults(f"/{segment}"))
    try:
        path = read(b"/" + quote(segment, safe="").encode(errors="surrogatepass"))
    except (Invalid, UnicodeEncodeError):
        assert not right
        return
    assert path.segments == (segment,)
    if right:
        assert covers([Endpoint("GET", f"/{segment}")], "GET", path)


@pytest.mark.parametrize(
    ("pattern", "path", "covered"),
    [
        ("/persons", "/persons", True), ("/persons", "/persons/", False), ("/persons", "/person", False), ("/persons", "", False),
        ("/", "", True), ("/", "/", True), ("/", "/a", False), ("/**", "", True), ("/**", "/a/b/c", True), ("/*", "/", False), ("/*", "/a", True), ("/*", "/a/b", False),
        ("/persons/*", "/persons/1", True), ("/persons/*", "/persons/", False), ("/persons/*", "/persons/1/children", False), ("/persons/*", "/persons", False),
        ("/persons/**", "/persons", False), ("/persons/**", "/persons/", True), ("/persons/**", "/persons/1/children", True), ("/persons/**", "/personsx/1", False),
        ("/*/children", "/1/children", True), ("/**/children", "/a/b/children", True), ("/**/children", "/children", False), ("/**/a/**/b", "/x/a/y/a/z/b", True),
        ("/**/a/**/b", "/x/a/y/a/z/b/c", False), ("/**/a/*", "/a/a/a", True), ("/**/a/*", "/x/a/a", True), ("/**/a/*", "/a/a", False), ("/**/**", "/a", False), ("/**/**", "/a/b", True),
        ("/Persons", "/persons", False), ("/persons/\u1ea3", "/persons/%e1%ba%a3", True),
    ],
)  # fmt: skip
def test_patterns(pattern: str, path: str, covered: bool) -> None:
    assert not list(faults(pattern))
    assert covers([Endpoint("GET", pattern)], "GET", read(path.encode())) is covered


def test_methods_are_part_of_an_endpoint() -> None:
    path = read(b"/open/x")
    assert covers(OPEN, "GET", path)
    assert not covers(OPEN, "POST", path)
    assert not covers(OPEN, "get", path)
    assert covers(EVERYTHING, "DELETE", path)
    assert not covers([], "GET", path), "nothing written is nothing allowed"


@given(st.lists(st.sampled_from(["a", "b", "*", "**"]), min_size=1, max_size=6), st.lists(st.sampled_from(["a", "b"]), min_size=1, max_size=8))
def test_matching_is_what_it_says(pattern: list[str], segments: list[str]) -> None:
    def slow(wanted: list[str], here: list[str]) -> bool:
        if not wanted or not here:
            return not wanted and not here
        if wanted[0] == "**":
            return any(slow(wanted[1:], here[count:]) for count in range(1, len(here) + 1))
        return wanted[0] in {"*", here[0]} and slow(wanted[1:], here[1:])

    path = read(("/" + "/".join(segments)).encode())
    assert covers([Endpoint("*", "/" + "/".join(pattern))], "GET", path) is slow(pattern, segments)


@pytest.mark.parametrize(
    "pattern",
    ["persons", "", "/a/../b", "/a//b", "/a/.", "/a/*b", "/a*", "/***", "/a/%2e", "/a%20b", "/a;b", "/a?b", "/a#b", "/a\\b", "/a/\x00", "/ /b"],
)
def test_endpoints_nobody_could_mean(pattern: str) -> None:
    assert list(faults(pattern))
