"""Zip files: written in one way, and read with nothing between, before or behind what they list.

A lenient reader may see other entries than another lenient reader. So the local headers and the central directory must tell the same, tile the whole
file, and nothing may unpack to more than it says.
"""

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping
from typing import NamedTuple

from dinh.kernel.errors import BadSignature
from dinh.trust.containers.contracts import Parts
from dinh.trust.containers.rules import COMMENT, entries_of

LARGEST = 64 * 1024 * 1024
"""Bytes of a file, and of all its entries unpacked."""
MOST = 32
"""Entries."""
_END, _CENTRAL, _LOCAL, _AFTER = "<4s4H2LH", "<4s6H3L5H2L", "<4s5H3L2H", "<4s3L"
_STREAMED, _FLAGS = 0x0008, 0x080E
"""Sizes follow the data; and what else may be set: how hard was compressed, names in UTF-8."""
_ZIP64 = 0xFFFFFFFF
_FIRST_DAY = (1980, 1, 1, 0, 0, 0)


def pack(parts: Parts) -> bytes:
    """An ASiC-E container in X-Road's layout. Nothing is compressed, so no library's taste enters: the same bytes on every machine."""
    return pack_entries(entries_of(parts))


def pack_entries(entries: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in entries.items():
            entry = zipfile.ZipInfo(name, _FIRST_DAY)
            entry.create_system, entry.external_attr = 3, 0o600 << 16
            archive.writestr(entry, data)
        archive.comment = COMMENT
    return out.getvalue()


class Entry(NamedTuple):
    name: str
    flags: int
    method: int
    crc: int
    packed: int
    size: int
    offset: int


def read_archive(data: bytes) -> dict[str, bytes]:
    """Entries by name, in the order of the directory. Raises BadSignature."""
    if len(data) > LARGEST:
        raise BadSignature("the container is too large")
    try:
        return _read(data)
    except (struct.error, IndexError, UnicodeDecodeError, zlib.error) as error:
        raise BadSignature("the container is not a whole zip file") from error


def _read(data: bytes) -> dict[str, bytes]:
    entries, directory = _directory(data)
    found: dict[str, bytes] = {}
    place, left = 0, LARGEST
    contents: dict[str, bytes] = {}
    for entry in sorted(entries, key=lambda one: one.offset):
        if entry.offset != place or entry.size > left:
            raise BadSignature("entries of the container overlap, leave gaps or are too large")
        contents[entry.name], place = _content(data, entry)
        left -= entry.size
    if place != directory:
        raise BadSignature("there is something between the entries of the container and their directory")
    for entry in entries:
        found[entry.name] = contents[entry.name]
    return found


def _directory(data: bytes) -> tuple[list[Entry], int]:
    """Entries, and where their directory begins."""
    end = next((len(data) - 22 - len(text) for text in (COMMENT, b"") if data.endswith(text) and data[-22 - len(text) :][:4] == b"PK\5\6"), None)
    if end is None or end < 0:
        raise BadSignature("the container does not end as a zip file of this kind")
    _, disk, start_disk, here, total, size, place, comment = struct.unpack_from(_END, data, end)
    if (disk, start_disk, here) != (0, 0, total) or place + size != end or comment != len(data) - end - 22 or not 0 < total <= MOST:
        raise BadSignature("the directory of the container is not one whole")
    entries, at = [], place
    for _ in range(total):
        entry, at = _entry(data, at)
        entries.append(entry)
    if at != end or len({entry.name for entry in entries}) != len(entries):
        raise BadSignature("the container lists an entry twice, or more than its entries")
    return entries, place


def _entry(data: bytes, at: int) -> tuple[Entry, int]:
    mark, _, _, flags, method, _, _, crc, packed, size, named, extra, comment, disk, _, _, offset = struct.unpack_from(_CENTRAL, data, at)
    if mark != b"PK\1\2" or comment or disk or flags & ~_FLAGS or method not in {0, 8} or _ZIP64 in {packed, size, offset}:
        raise BadSignature("an entry of the container is of a kind that is not taken")
    name = data[at + 46 : at + 46 + named].decode("ascii")
    return Entry(name, flags, method, crc, packed, size, offset), at + 46 + named + extra


def _content(data: bytes, entry: Entry) -> tuple[bytes, int]:
    """The bytes of an entry, and where it ends."""
    mark, _, flags, method, _, _, crc, packed, size, named, extra = struct.unpack_from(_LOCAL, data, entry.offset)
    start = entry.offset + 30 + named + extra
    told = (0, 0, 0) if flags & _STREAMED and (crc, packed, size) == (0, 0, 0) else (entry.crc, entry.packed, entry.size)
    if mark != b"PK\3\4" or (flags, method, crc, packed, size) != (entry.flags, entry.method, *told):
        raise BadSignature(f"the container tells two things about {entry.name}")
    if data[entry.offset + 30 : entry.offset + 30 + named] != entry.name.encode():
        raise BadSignature(f"{entry.name} has two names in the container")
    end = start + entry.packed
    content = _unpack(data[start:end], entry)
    if flags & _STREAMED:
        if struct.unpack_from(_AFTER, data, end) != (b"PK\7\x08", entry.crc, entry.packed, entry.size):
            raise BadSignature(f"the container tells two things about {entry.name}")
        end += 16
    return content, end


def _unpack(packed: bytes, entry: Entry) -> bytes:
    content = packed
    if entry.method:
        reader = zlib.decompressobj(-15)
        content = reader.decompress(packed, entry.size + 1)
        if not reader.eof or reader.unused_data or reader.unconsumed_tail:
            raise BadSignature(f"{entry.name} unpacks to another size than the container says")
    if len(content) != entry.size or zlib.crc32(content) != entry.crc:
        raise BadSignature(f"{entry.name} is not what the container says")
    return content
