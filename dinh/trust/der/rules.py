"""The form of DER (X.690, 10 and 11), whatever it means: readers forgive what a signature does not cover, and so would never see it change."""

from itertools import pairwise

from dinh.kernel.errors import BadSignature

DEEPEST = 40
_BOOLEAN, _INTEGER, _BITS, _NULL, _SET = 0x01, 0x02, 0x03, 0x05, 0x31
_FLAGS = 4
"""Bytes of a bit string that may be a list of flags. Longer ones are keys and signatures: whole bytes."""
_LONG = 0x80
_LONG_TAG = 0x1F


def check_der(data: bytes) -> None:
    """Raises BadSignature unless the bytes are one value with definite, shortest lengths, sets in order, and nothing behind."""
    if _values(data, 0, len(data), 0) != [(0, len(data))]:
        raise BadSignature("there is more than one DER value")


def _values(data: bytes, start: int, end: int, depth: int) -> list[tuple[int, int]]:
    """Where each value stands between two places."""
    if depth > DEEPEST:
        raise BadSignature("DER is nested too deep")
    found = []
    while start < end:
        tag, content, after = _header(data, start, end)
        if tag & 0x20:
            inside = _values(data, content, after, depth + 1)
            if tag == _SET and any(data[a:b] > data[c:d] for (a, b), (c, d) in pairwise(inside)):
                raise BadSignature("a DER set is not in order")
        else:
            _check_content(tag, data[content:after])
        found.append((start, after))
        start = after
    return found


def _header(data: bytes, start: int, end: int) -> tuple[int, int, int]:
    """Tag, begin and end of the content."""
    if start + 2 > end or data[start] & _LONG_TAG == _LONG_TAG:
        raise BadSignature("DER is cut off, or has a tag that is not taken")
    size, content = data[start + 1], start + 2
    if size >= _LONG:
        digits = size - _LONG
        size, content = int.from_bytes(data[content : content + digits], "big"), content + digits
        if not 1 <= digits <= 4 or size < _LONG or size.bit_length() <= 8 * (digits - 1):  # noqa: PLR2004
            raise BadSignature("a length in DER is not in its shortest form")
    if content + size > end:
        raise BadSignature("DER is cut off")
    return data[start], content, content + size


def _check_content(tag: int, content: bytes) -> None:
    if tag == _BOOLEAN and content not in {b"\0", b"\xff"}:
        raise BadSignature("a truth in DER is neither 0 nor 255")
    if tag == _NULL and content:
        raise BadSignature("nothing in DER has content")
    if tag == _INTEGER and (not content or (len(content) > 1 and (content[0], content[1] & 0x80) in {(0, 0), (0xFF, 0x80)})):
        raise BadSignature("a number in DER is not in its shortest form")
    if tag == _BITS and (not content or content[0] > (7 if 1 < len(content) <= _FLAGS else 0) or content[-1] & ((1 << content[0]) - 1)):
        raise BadSignature("a bit string in DER has bits that it does not count")
