"""Signed documents of one's own exchanges, as X-Road's clients fetch them (UG-SIGDOC): parameters, names and the words of refusals."""

import io
import secrets
import string
import zipfile
from collections.abc import Sequence
from urllib.parse import parse_qs, quote

import msgspec

from dinh.exchange.containers import Container, Part, containers_of
from dinh.exchange.members import Membership, read_client
from dinh.exchange.messages import Request, Response
from dinh.exchange.systems.contracts import Client
from dinh.kernel.errors import BadSignature, Conflict, Invalid, NotAllowed, Refused, Unavailable
from dinh.kernel.node import Node
from dinh.trust import ASIC_MEDIA

PATH = "/asic"
FIELDS = ("queryId", "xRoadInstance", "memberClass", "memberCode", "subsystemCode")
FLAGS = ("requestOnly", "responseOnly", "unique", "force")
MANY, PLAIN = "application/zip", "text/plain;charset=utf-8"
LETTERS = string.ascii_letters + string.digits
FIRST_DAY = (1980, 1, 1, 0, 0, 0)
PARAMETERS = f"The parameters are {', '.join(FIELDS)}, and {', '.join(FLAGS)}: 'unique' goes with 'requestOnly' or 'responseOnly' only"
WORDS = {
    "exchange.bad_wish": (400, PARAMETERS),
    "exchange.bad_identifier": (400, PARAMETERS),
    "exchange.much_evidence": (400, "There are more signed documents with this identifier than can be given"),
    "exchange.no_evidence": (404, "No signed documents found that match the given parameters"),
    "exchange.not_stamped": (500, "Some message signatures have not been timestamped yet!"),
}


class Wish(msgspec.Struct, frozen=True):
    """`client` is whose exchange it was, as X-Road-Client has it."""

    query_id: str
    client: str
    parts: tuple[Part, ...]
    unique: bool
    force: bool


def read(request: Request) -> Wish:
    """Raises Invalid for a parameter that is missing, unknown or said twice, and for those that exclude each other."""
    try:
        said = parse_qs(request.target.partition("?")[2], keep_blank_values=True, errors="strict", max_num_fields=16)
    except ValueError as error:
        raise Invalid("exchange.bad_wish") from error
    flags = {name for name in FLAGS if name in said}
    good = set(said) == {*FIELDS, *flags} and all(len(values) == 1 for values in said.values()) and all(said[name][0] for name in FIELDS)
    one = flags & {"requestOnly", "responseOnly"}
    if request.verb != "GET" or not good or len(one) > 1 or ("unique" in flags and not one):
        raise Invalid("exchange.bad_wish")
    client = "/".join(quote(said[name][0], safe="") for name in FIELDS[1:])
    read_client(client)
    parts: tuple[Part, ...] = ("request",) if "requestOnly" in one else ("response",) if one else ("request", "response")
    return Wish(said["queryId"][0], client, parts, "unique" in flags, "force" in flags)


async def fetch(node: Node, membership: Membership, client: Client, wish: Wish) -> tuple[Response, bytes]:
    """One container, or a zip file of them. Raises what `containers_of` raises."""
    membership.check_active(client.member)
    found = await containers_of(node, wish.query_id, client.member, client.subsystem, wish.parts, force=wish.force)
    name = quote(wish.query_id, safe="")
    if wish.unique:
        if len(found) != 1:
            raise Invalid("exchange.much_evidence")
        return _file(ASIC_MEDIA, f"{name}-{found[0].part}.asice", found), found[0].data
    only = f"-{wish.parts[0]}" if len(wish.parts) == 1 else ""
    return _file(MANY, f"{name}{only}.zip", found), _zipped(name, found)


def _file(media: str, name: str, found: Sequence[Container]) -> Response:
    erased = (("dinh-content", "erased"),) if any(one.erased for one in found) else ()
    return Response(
        200, "OK", (("content-type", media), ("content-disposition", f'attachment; filename="{name}"'), ("cache-control", "no-store"), *erased)
    )


def _zipped(name: str, found: Sequence[Container]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for one in found:
            mark = "".join(secrets.choice(LETTERS) for _ in range(10))
            archive.writestr(zipfile.ZipInfo(f"{name}-{one.part}-{mark}.asice", FIRST_DAY), one.data)
    return out.getvalue()


def refusal(error: Refused | BadSignature, *, forced: bool, single: bool) -> tuple[Response, bytes]:
    """X-Road's codes and plain words."""
    status, words = _words(error, forced=forced, single=single)
    return Response(status, "", (("content-type", PLAIN), ("cache-control", "no-store"))), words.encode()


def _words(error: Refused | BadSignature, *, forced: bool, single: bool) -> tuple[int, str]:
    key = error.key if isinstance(error, Refused) else ""
    if isinstance(error, NotAllowed) or key == "exchange.no_member":
        return 401, "This client is not known here, or the connection does not prove that it is its own"
    if forced and isinstance(error, Conflict | Unavailable | BadSignature):
        return 500, "Failed to get timestamp from any time-stamping providers"
    if single and key == "exchange.not_stamped":
        return 500, "Message signature has not been timestamped yet!"
    return WORDS.get(key, (500, "Internal server error"))
