"""How a text travels by SMS: 160 letters of the GSM alphabet (3GPP TS 23.038) or 70 of UCS-2, fewer in each part of a longer one."""

import unicodedata
from typing import Literal

import msgspec

_GSM = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
# These take two places: the escape, then the letter.
_ESCAPED = "^{}\\[~]|€\f"
Encoding = Literal["gsm7", "ucs2"]
LIMITS: dict[Encoding, tuple[int, int]] = {"gsm7": (160, 153), "ucs2": (70, 67)}
"""Alone, and in each part of several: the rest is taken by the header that joins them."""


class Parts(msgspec.Struct, frozen=True):
    encoding: Encoding
    texts: list[str]


def encoding(text: str) -> Encoding:
    return "gsm7" if all(letter in _GSM or letter in _ESCAPED for letter in text) else "ucs2"


def size(text: str, coding: Encoding) -> int:
    """In places of the encoding: septets, or 16-bit units."""
    if coding == "gsm7":
        return len(text) + sum(letter in _ESCAPED for letter in text)
    return len(text) + sum(ord(letter) > 0xFFFF for letter in text)  # noqa: PLR2004 - outside the first plane a letter takes two


def parts(text: str) -> Parts:
    """The segments that a phone receives. A letter of two places is never cut in two."""
    coding = encoding(text)
    alone, joined = LIMITS[coding]
    if size(text, coding) <= alone:
        return Parts(coding, [text])
    texts, current, used = [], "", 0
    for letter in text:
        places = size(letter, coding)
        if used + places > joined:
            texts.append(current)
            current, used = "", 0
        current, used = current + letter, used + places
    return Parts(coding, [*texts, current])


def unmarked(text: str) -> str:
    """Letters without their marks, as operators write where marks would cost the longer alphabet; what has no plain form stays."""
    plain = "".join(_plain(letter) for letter in unicodedata.normalize("NFC", text))
    return " ".join(plain.split())


def _plain(letter: str) -> str:
    if letter in _STROKED:
        return _STROKED[letter]
    return "".join(mark for mark in unicodedata.normalize("NFKD", letter) if not unicodedata.combining(mark))


# No decomposition knows these.
_STROKED = {"đ": "d", "Đ": "D", "–": "-", "—": "-", "‘": "'", "’": "'", "“": '"', "”": '"', "·": "-"}
