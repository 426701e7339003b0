"""A member with an installation of its own: its application, joining by the registry's admission, taking that in. Nothing secret leaves it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
import yaml
from cryptography import x509

from dinh.app.children import Children
from dinh.app.places import admission_file, application_file, claim, root_file
from dinh.app.rooms import texts_folder
from dinh.app.signatures import signer_client, wait_signer
from dinh.app.wires import tls_folder
from dinh.exchange import (
    APPLICATION,
    Application,
    Requests,
    check_admission,
    declared,
    follow_registry,
    matches,
    read_admission,
    read_application,
    read_kept_admission,
    set_anchor,
    signer_of,
)
from dinh.kernel import clock, country
from dinh.kernel import settings as kernel_settings
from dinh.kernel.caller import system
from dinh.kernel.content import Text
from dinh.kernel.country import Country, NodePlan
from dinh.kernel.errors import Refused
from dinh.kernel.node import Node
from dinh.kernel.settings import Settings
from dinh.kernel.texts import Texts
from dinh.offices import directory_of
from dinh.trust import (
    SignerClient,
    handle_of_member,
    handle_of_node,
    handle_of_tls,
    handle_of_tsa,
    keep_certificates,
    keep_tls_certificate,
    key_fingerprint,
    known_handles,
    make_tls_key,
    member_name,
    request_for,
    seal_name,
    token_key,
)

WHO = system("joining")
# What a node of a member needs beside kernel and trust: its units, the exchange, and sessions for whoever operates it.
ROOMS = ["offices", "exchange", "identity"]


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What an agency decides about its node. `url` is where other nodes connect; `host` the name of its pages. `name` is not needed of an agency that the
    country's files name.
    """

    code: str
    url: str
    name: Text
    node: str
    host: str
    subsystems: list[str]
    member_class: str | None = None
    settings: dict[str, str] = {}


class Made(msgspec.Struct, frozen=True):
    file: str
    fingerprint: str


def plan_of(known: Country, wanted: Wanted) -> NodePlan:
    """Raises RuntimeError for an agency that a node of the country's files serves already."""
    for plan in known.nodes.values():
        if any(matches(pattern, wanted.code) for pattern in plan.agencies):
            raise RuntimeError(f"{wanted.code} is served by the node {plan.code} of the country's files")
    agency = directory_of(known).agencies.get(wanted.code)
    name = wanted.name or (agency.name if agency else {})
    if not name:
        raise RuntimeError(f"the country's files do not name {wanted.code}: say --name")
    title = {language: name.get(language) or next(iter(name.values())) for language in known.languages}
    return NodePlan(code=wanted.node, host=wanted.host, title=title, operator=wanted.code, rooms=ROOMS, agencies=[wanted.code])


def apply(settings: Settings, wanted: Wanted) -> Made:
    """Make the home of a node: what it is (`node.yaml`), how it runs (`settings.env`), its keys, and the application. Raises RuntimeError."""
    if country.node_file(settings).exists():
        raise RuntimeError(f"{settings.home} is the home of a node already; its application is {application_file(settings)}")
    if (settings.home / "nodes").exists():
        raise RuntimeError(f"{settings.home} holds another installation: set DINH_HOME to a folder of its own")
    plan = plan_of(country.of(settings), wanted)
    with claim(settings):
        settings.home.chmod(0o755)
        country.node_file(settings).write_text(_written(plan), encoding="utf-8")
        try:
            known = country.of(settings)
            _ = known.hosted
            kernel_settings.keep(settings.home, {"DINH_COUNTRY": settings.country, "DINH_EXCHANGE_PORT": str(_port(wanted.url)), **wanted.settings})
            return asyncio.run(_apply(_as_kept(settings), known, plan, wanted))
        except BaseException:
            country.node_file(settings).unlink()
            raise


def _written(plan: NodePlan) -> str:
    said = {name: value for name, value in msgspec.structs.asdict(plan).items() if value is not None}
    return str(yaml.safe_dump(said, allow_unicode=True, sort_keys=False))


def _as_kept(settings: Settings) -> Settings:
    return kernel_settings.load({"DINH_HOME": str(settings.home), "DINH_CONTENT": str(settings.content)})


def _port(url: str) -> int:
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname or not parts.port or parts.path not in {"", "/"}:
        raise RuntimeError(f"--address is where other nodes connect, as https://node.example:8443, not {url!r}")
    return parts.port


@asynccontextmanager
async def _signer(settings: Settings) -> AsyncIterator[SignerClient]:
    """Started for this one piece of work."""
    children = Children()
    children.start_signer(settings)
    try:
        await wait_signer(settings)
        async with signer_client(settings) as client:
            yield client
    finally:
        children.stop()


async def _apply(settings: Settings, known: Country, plan: NodePlan, wanted: Wanted) -> Made:
    node, policy = Node(plan, known, settings, None, None), declared(known).policy  # type: ignore[arg-type]  # nothing here asks the database
    name, code = plan.title[known.languages[0]], plan.operator
    async with _signer(settings) as client:
        subject = member_name(known.iso, name, wanted.member_class or policy.member_class, code)
        requests = Requests(
            signing=await request_for(client, handle_of_member(code), "seal", subject),
            sealing=await request_for(client, handle_of_node(plan.code), "seal", seal_name(known.iso, name, plan.code)),
            tls=make_tls_key(tls_folder(node), known.iso, name, plan.code, urlsplit(wanted.url).hostname or ""),
        )
        party, key = await token_key(client, f"client.{plan.code}"), await token_key(client, handle_of_member(code), "seal")
        application = Application(
            instance=policy.instance, made_at=clock.now(), code=code, name=plan.title, member_class=wanted.member_class, subsystems=wanted.subsystems,
            node=plan.code, url=wanted.url, pages=node.origin, party={name: str(value) for name, value in party.public.items()}, requests=requests,
        )  # fmt: skip
        token = await key.jws(msgspec.json.encode(application), APPLICATION)
    with worded(known):
        read_application(token, policy.instance, clock.now())
    application_file(settings).write_text(token)
    for request, text in msgspec.structs.asdict(requests).items():
        (settings.home / f"{request}.csr").write_text(text)
    return Made(str(application_file(settings)), key_fingerprint(signer_of(application)))


def join(settings: Settings, file: Path, fingerprint: str) -> NodePlan:
    """Check the admission against our own application, and keep it. The next start takes it in. Raises RuntimeError, BadSignature."""
    known = country.of(settings)
    if not country.node_file(settings).exists() or not application_file(settings).exists():
        raise RuntimeError(f"{settings.home} has made no application: start with dinh agency new")
    if admission_file(settings).exists():
        raise RuntimeError(f"{settings.home} has joined already")
    plan, token = next(iter(known.hosted.values())), read_carried(file)
    own = read_carried(application_file(settings))
    with claim(settings), worded(known):
        admission = read_admission(token, fingerprint)
        application = read_application(own, declared(known).policy.instance, min(clock.now(), admission.made_at))
        check_admission(admission, application, own)
        roots = [x509.load_pem_x509_certificate(one.encode()) for one in admission.roots]
        folder = tls_folder(Node(plan, known, settings, None, None))  # type: ignore[arg-type]  # nothing here asks the database
        keep_tls_certificate(folder, x509.load_pem_x509_certificate(admission.certificates.tls.encode()), roots)
        root_file(settings).write_text("".join(admission.roots))
        kernel_settings.keep(settings.home, {"DINH_REGISTRY": admission.registry, "DINH_ISSUER": admission.issuer})
        admission_file(settings).write_text(token)
    return plan


def check_joined(settings: Settings) -> None:
    """Raises RuntimeError in a member's installation that the registry has not let in yet."""
    if country.node_file(settings).exists() and not admission_file(settings).exists():
        raise RuntimeError(f"not joined yet: carry {application_file(settings)} to the registry, then dinh agency join what comes back")


async def take_in(node: Node) -> None:
    """At each start of a member's installation: what its node has not kept yet of the admission, and the newest configuration if the registry answers."""
    admission = read_kept_admission(read_carried(admission_file(node.settings)))
    found = {
        handle_of_node(node.code): admission.certificates.sealing,
        handle_of_member(node.plan.operator): admission.certificates.signing,
        handle_of_tls(node.code): admission.certificates.tls,
        **{handle_of_tsa(node.country.registry.code): one for one in admission.timestampers},
    }
    async with node.write(WHO) as tx:
        known = await known_handles(tx)
        fresh = {handle: x509.load_pem_x509_certificate(one.encode()) for handle, one in found.items() if handle not in known}
        if fresh:
            await keep_certificates(tx, fresh)
        await set_anchor(tx, admission.anchor)
    await follow_registry(node)


@contextlib.contextmanager
def worded(known: Country) -> Iterator[None]:
    """A refusal becomes the sentence that a person at a terminal reads. Raises RuntimeError."""
    try:
        yield
    except Refused as error:
        texts = Texts(known)
        for room in ("kernel", "exchange"):
            texts.add(room, texts_folder(room))
        try:
            sentence = texts.word("en", error.key, **error.params)
        except (KeyError, IndexError):
            sentence = error.key
        raise RuntimeError(sentence) from error


def read_carried(file: Path) -> str:
    try:
        return file.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise RuntimeError(f"{file} cannot be read as a signed document") from error
