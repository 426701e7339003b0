"""The judge of containers: everything that is not exactly as it must be is refused."""

import datetime as dt
import hashlib
from collections.abc import Callable, Sequence

from cryptography import x509

from dinh.kernel.errors import BadSignature
from dinh.trust.containers import rules
from dinh.trust.containers.archive import pack, read_archive
from dinh.trust.containers.contracts import Check, Name, Parts, Report, StampParts
from dinh.trust.hashtree import SIGNATURE_CHAIN, TIMESTAMP_CHAIN, names_in, verify_chain
from dinh.trust.markup import base64_of, parse, tag
from dinh.trust.ocsp import Standing, read_response
from dinh.trust.paths import Untrusted, check_path
from dinh.trust.timestamps import Stamp, imprint_of
from dinh.trust.xades import Signed, read_signature

SKEW = dt.timedelta(minutes=5)
"""By which clocks may differ."""
LAG = dt.timedelta(hours=24)
"""Longest time from signing, and from the OCSP response, to the timestamp: how long a timestamping authority may be down."""
_MANIFEST = "{urn:oasis:names:tc:opendocument:xmlns:manifest:1.0}"
_DS, _ASIC = "{http://www.w3.org/2000/09/xmldsig#}", "{http://uri.etsi.org/2918/v1.2.1#}"
_SHA512 = "http://www.w3.org/2001/04/xmlenc#sha512"


class _Case:
    """What is known of one container; checks are done in order, and the first that fails ends them (but for trust)."""

    def __init__(self, data: bytes, now: dt.datetime, lag: dt.timedelta) -> None:
        self.data, self.now, self.lag = data, now, lag
        self.entries: dict[str, bytes] = {}
        self.signed: Signed | None = None
        self.stamp: Stamp | None = None
        self.standing: Standing | None = None
        self.bodiless = self.erased = False
        self.checks: list[Check] = []


async def verify_container(data: bytes, roots: Sequence[x509.Certificate], now: dt.datetime, *, lag: dt.timedelta = LAG) -> Report:
    """Never raises for what is in the file. `roots` are the authorities that the reader trusts; `now` is the reader's time.

    What a container proves is that its signer signed these bytes before the time of its timestamp, while its certificate was good. Whether the
    signer may speak for whom the message names is the reader's to compare with `signer`.
    """
    case = _Case(data, now, lag)
    if _done(case, "archive", _archive) and _done(case, "signature", _signature) and _done(case, "content", _content):
        await _stamped_and_trusted(case, roots)
    return _report(case)


async def _stamped_and_trusted(case: _Case, roots: Sequence[x509.Certificate]) -> None:
    try:
        case.stamp = await _stamp(case, roots)
    except Exception as error:  # noqa: BLE001 - see _fault
        case.checks.append(Check("timestamp", _fault(error)))
        return
    case.checks.append(Check("timestamp"))
    if _done(case, "revocation", _revocation) and _done(case, "form", _form):
        try:
            await _trust(case, roots)
        except Exception as error:  # noqa: BLE001 - see _fault
            case.checks.append(Check("trust", _fault(error)))
        else:
            case.checks.append(Check("trust"))


def _done(case: _Case, name: Name, step: Callable[[_Case], None]) -> bool:
    fault = None
    try:
        step(case)
    except Exception as error:  # noqa: BLE001 - see _fault
        fault = _fault(error)
    case.checks.append(Check(name, fault))
    return fault is None


def _fault(error: Exception) -> str:
    """A reader that fails in a way of its own has not verified anything."""
    return str(error) if isinstance(error, BadSignature) else f"cannot be read: {type(error).__name__} {error}"


def _archive(case: _Case) -> None:
    entries = read_archive(case.data)
    if entries.pop("META-INF/", b"") != b"":
        raise BadSignature("a folder of the container has content")
    unknown = set(entries) - rules.NAMES
    missing = {"mimetype", rules.SIGNATURES, rules.MANIFEST} - set(entries)
    # Only a chain can tell what a message was that is not here, and a body says nothing without its message.
    missing |= {rules.MESSAGE} - set(entries) if rules.CHAIN not in entries or rules.BODY in entries else set()
    pairs = ({rules.CHAIN, rules.RESULT}, {rules.STAMP, rules.STAMP_CHAIN, rules.STAMP_RESULT})
    halves = [name for pair in pairs if pair & set(entries) for name in pair - set(entries)]
    if unknown or missing or halves:
        raise BadSignature(f"entries of the container: {sorted(unknown)} are too many, {sorted([*missing, *halves])} are missing")
    if rules.STAMP_MANIFEST in entries and rules.STAMP not in entries:
        raise BadSignature("the container lists a timestamp that is not there")
    if entries["mimetype"] != rules.MIMETYPE:
        raise BadSignature("the container is of another type")
    case.entries = entries
    _check_manifest(entries)
    if rules.STAMP_MANIFEST in entries:
        _check_stamp_manifest(entries)


def _check_manifest(entries: dict[str, bytes]) -> None:
    root = parse(entries[rules.MANIFEST])
    found = []
    for one in root:
        if tag(one) != f"{_MANIFEST}file-entry" or len(one):
            raise BadSignature("the manifest has something else than files")
        found.append((str(one.get(f"{_MANIFEST}full-path")), str(one.get(f"{_MANIFEST}media-type"))))
    if tag(root) != f"{_MANIFEST}manifest" or sorted(found) != sorted(rules.listed(list(entries))):
        raise BadSignature("the manifest does not list what is in the container")


def _check_stamp_manifest(entries: dict[str, bytes]) -> None:
    root = parse(entries[rules.STAMP_MANIFEST])
    if [tag(one) for one in root] != [f"{_ASIC}SigReference", f"{_ASIC}DataObjectReference"]:
        raise BadSignature("the manifest of the timestamp has another form")
    stamp, data = root
    method, value = data if [tag(one) for one in data] == [f"{_DS}DigestMethod", f"{_DS}DigestValue"] else (None, None)
    digest = hashlib.sha512(entries[rules.STAMP_RESULT]).digest()
    if stamp.get("URI") != rules.STAMP or data.get("URI") != rules.STAMP_RESULT or method is None or method.get("Algorithm") != _SHA512:
        raise BadSignature("the manifest of the timestamp lists something else")
    if base64_of(value) != digest:
        raise BadSignature("the manifest of the timestamp is not about this timestamp")


def _signature(case: _Case) -> None:
    case.signed = read_signature(case.entries[rules.SIGNATURES])


def _content(case: _Case) -> None:
    """What is signed is what is there: the message and its body, by themselves or through the chain."""
    signed, entries = _signed(case), case.entries
    if rules.CHAIN in entries:
        named = names_in(entries[rules.CHAIN])
        _check_data(signed, {f"/{rules.RESULT}": entries[rules.RESULT]})
    else:
        named = set(signed.data)
    case.erased = rules.MESSAGE not in entries
    case.bodiless = f"/{rules.BODY}" in named and rules.BODY not in entries
    inputs: dict[str, bytes | None] = {f"/{rules.MESSAGE}": entries.get(rules.MESSAGE)}
    if case.bodiless or rules.BODY in entries:
        inputs[f"/{rules.BODY}"] = entries.get(rules.BODY)
    if rules.CHAIN in entries:
        verify_chain(entries[rules.CHAIN], entries[rules.RESULT], inputs, SIGNATURE_CHAIN, ours=signed.ours)
    else:
        _check_data(signed, inputs)


def _check_data(signed: Signed, inputs: dict[str, bytes | None]) -> None:
    if set(signed.data) != set(inputs):
        raise BadSignature(f"the signature is over {sorted(signed.data)}, not over {sorted(inputs)}")
    for uri, data in inputs.items():
        name, digest = signed.data[uri]
        if data is not None and hashlib.new(name, data).digest() != digest:
            raise BadSignature(f"{uri} is not what was signed")


async def _stamp(case: _Case, roots: Sequence[x509.Certificate]) -> Stamp:
    signed, entries = _signed(case), case.entries
    if (signed.stamp is None) == (rules.STAMP not in entries):
        raise BadSignature("there is no timestamp" if signed.stamp is None else "there are two timestamps")
    token, over = (signed.stamp, signed.value) if signed.stamp is not None else (entries[rules.STAMP], entries[rules.STAMP_RESULT])
    if signed.stamp is None:
        inputs = {f"/{rules.SIGNATURES}": entries[rules.SIGNATURES]}
        verify_chain(entries[rules.STAMP_CHAIN], entries[rules.STAMP_RESULT], inputs, TIMESTAMP_CHAIN, ours=signed.ours)
    stamp = await imprint_of(token, lambda name: hashlib.new(name, over).digest(), roots, case.now)
    if not -SKEW <= stamp.at - signed.at <= case.lag + SKEW:
        raise BadSignature(f"signed at {signed.at:%Y-%m-%d %H:%M} and stamped at {stamp.at:%Y-%m-%d %H:%M}")
    return stamp


def _revocation(case: _Case) -> None:
    signed, stamp = _signed(case), case.stamp
    standing = read_response(signed.ocsp)
    if stamp is None or stamp.at - standing.made > case.lag + SKEW:
        raise BadSignature("the OCSP response is older than the timestamp by too much")
    standing.check_good(signed.certificate, stamp.at)
    if standing.until is not None and signed.at > standing.until + SKEW:
        raise BadSignature("the OCSP response was too old when it was signed")
    case.standing = standing


def _form(case: _Case) -> None:
    """A container of ours is the one that its parts make, to the last byte."""
    if not _signed(case).ours:
        return
    entries = case.entries
    stamp = StampParts(entries[rules.STAMP], entries[rules.STAMP_CHAIN], entries[rules.STAMP_RESULT]) if rules.STAMP in entries else None
    parts = Parts(
        entries.get(rules.MESSAGE), entries[rules.SIGNATURES], entries.get(rules.BODY), entries.get(rules.CHAIN), entries.get(rules.RESULT), stamp
    )
    if pack(parts) != case.data:
        raise BadSignature("the container is not in the form in which it was written")


async def _trust(case: _Case, roots: Sequence[x509.Certificate]) -> None:
    signed, stamp, standing = _signed(case), case.stamp, case.standing
    if stamp is None or standing is None:
        raise Untrusted("the time of the signature is not proved")
    await check_path(signed.certificate, signed.others, roots, stamp.at, usage={"non_repudiation"})
    await standing.check_responder(signed.certificate, roots)
    if stamp.untrusted:
        raise Untrusted(f"the timestamp: {stamp.untrusted}")


def _signed(case: _Case) -> Signed:
    if case.signed is None:
        raise BadSignature("there is no signature")
    return case.signed


def _report(case: _Case) -> Report:
    fault = next((f"{check.name}: {check.fault}" for check in case.checks if check.fault is not None), None)
    if fault is None and len(case.checks) != len(_WHAT):
        fault = "not everything was checked"
    signed, stamp = case.signed, case.stamp
    return Report(
        verdict="refused" if fault else "partial" if case.bodiless or case.erased else "verified",
        why=fault or _holds(case),
        checks=tuple(case.checks),
        form=None if signed is None else "dinh" if signed.ours else "x-road",
        signer=signed.certificate.subject.rfc4514_string() if signed else None,
        issuer=signed.certificate.issuer.rfc4514_string() if signed else None,
        signed_at=signed.at if signed else None,
        stamped_at=stamp.at if stamp else None,
        stamped_by=stamp.authority if stamp else None,
        bodiless=case.bodiless,
        erased=case.erased,
    )


def _holds(case: _Case) -> str:
    if case.erased:
        return "all that is here holds, but the message is not here: only its digest was signed, stamped and kept"
    return "all that is here holds, but the body of the message is not here" if case.bodiless else "everything holds"


_WHAT = ("archive", "signature", "content", "timestamp", "revocation", "form", "trust")
