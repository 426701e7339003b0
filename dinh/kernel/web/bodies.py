"""Read a posted form, also with files, within limits and without writing anything to disk."""

import unicodedata
from collections.abc import AsyncIterator
from urllib.parse import parse_qsl

import msgspec
from multipart import MultipartSegment, ParserError, ParserLimitReached, PushMultipartParser, parse_options_header

from dinh.kernel import files
from dinh.kernel.errors import Invalid, TooLarge

FIELDS_LIMIT = 256 * 1024
PARTS_LIMIT = 500


class Upload(msgspec.Struct, frozen=True):
    """`name` is what the person's device called it: shown back, never used as a path."""

    name: str
    content: bytes
    too_large: bool = False


class Form(msgspec.Struct, frozen=True):
    """Of fields sent more than once, `values` and `uploads` have the last; `several` has every file of such a field in order."""

    values: dict[str, str]
    uploads: dict[str, Upload] = {}
    several: dict[str, list[Upload]] = {}

    def get(self, name: str, default: str = "") -> str:
        return self.values.get(name, default)


async def read(content_type: str, stream: AsyncIterator[bytes]) -> Form:
    """Raises Invalid for a broken body and TooLarge past the limits; reading stops there."""
    kind, options = parse_options_header(content_type)
    if kind == "multipart/form-data":
        return await _read_multipart(options.get("boundary", ""), stream)
    if kind == "application/x-www-form-urlencoded":
        return Form({name: composed(value) for name, value in pairs(await _read_text(stream))})
    raise Invalid("kernel.form_kind")


def composed(text: str) -> str:
    """Letters with their marks in one form, however a keyboard made them: names are compared, counted and printed in it."""
    return unicodedata.normalize("NFC", text)


def pairs(text: str) -> list[tuple[str, str]]:
    """Every field of a urlencoded text, repeated ones too. Raises Invalid for too many."""
    try:
        return parse_qsl(text, keep_blank_values=True, max_num_fields=PARTS_LIMIT)
    except ValueError as error:
        raise Invalid("kernel.form_kind") from error


async def _read_text(stream: AsyncIterator[bytes]) -> str:
    body = bytearray()
    async for chunk in stream:
        body += chunk
        if len(body) > FIELDS_LIMIT:
            raise TooLarge
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise Invalid("kernel.form_kind") from error


class _Collector:
    """Gathers parts: text fields within one small budget, a file up to the limit of files."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}
        self.several: dict[str, list[Upload]] = {}
        self._part: MultipartSegment | None = None
        self._body = bytearray()
        self._text_bytes = 0
        self._too_large = False

    def take(self, event: "MultipartSegment | bytearray | bytes | None") -> None:
        if isinstance(event, MultipartSegment):
            self._part, self._body, self._too_large = event, bytearray(), False
        elif event:
            self._grow(event)
        elif self._part is not None:
            self._close(self._part)

    def _grow(self, data: "bytearray | bytes") -> None:
        """A file that is too large is forgotten as it streams; the words beside it are kept."""
        if self._too_large:
            return
        self._body += data
        if self._part is not None and not self._part.filename:
            self._text_bytes += len(data)
        if self._text_bytes > FIELDS_LIMIT:
            raise TooLarge
        if len(self._body) > files.LIMIT:
            self._too_large, self._body = True, bytearray()

    def _close(self, part: MultipartSegment) -> None:
        if part.filename is not None:
            if part.filename or self._body:
                self.several.setdefault(part.name, []).append(Upload(part.filename[-120:], bytes(self._body), self._too_large))
        else:
            self.values[part.name] = composed(self._body.decode(errors="replace"))
        self._part = None


async def _read_multipart(boundary: str, stream: AsyncIterator[bytes]) -> Form:
    collector = _Collector()
    try:
        with PushMultipartParser(boundary, max_segment_count=PARTS_LIMIT, max_header_count=8, max_header_size=4096) as parser:
            async for chunk in stream:
                if parser.closed:
                    break
                for event in parser.parse(chunk or b""):
                    collector.take(event)
    except ParserLimitReached as error:
        raise TooLarge from error
    except (ParserError, ValueError) as error:
        raise Invalid("kernel.form_kind") from error
    return Form(collector.values, {name: files[-1] for name, files in collector.several.items()}, collector.several)
