"""`dinh agency`, `dinh service`, `dinh system`: how members come into the exchange, and what they offer and may ask there; `dinh certificates`."""

import asyncio
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from dinh.app.terminal import AsJson, answer, fail, settings

agency_commands = typer.Typer(no_args_is_help=True, help="Members of the exchange with an installation of their own.")
service_commands = typer.Typer(no_args_is_help=True, help="Services of the exchange, and the rights to them.")
system_commands = typer.Typer(no_args_is_help=True, help="Information systems of this installation's members.")
certificate_commands = typer.Typer(no_args_is_help=True, help="Certificates: when they end, and new ones of a real authority.")
Fingerprint = Annotated[str, typer.Option(help="Read out by whoever made the file: by telephone, never beside the file.")]
Named = Annotated[list[str] | None, typer.Option(help="As en=Text for each language, or one text for all.")]


def text_of(said: list[str] | None) -> dict[str, str]:
    """`en=Bank`, `vi=Ngân hàng`; a text without a language counts for every one."""
    from dinh.kernel import country

    found: dict[str, str] = {}
    for one in said or []:
        language, equals, text = one.partition("=")
        known = country.of(settings()).languages
        found |= {language: text} if equals and language in known else dict.fromkeys(known, one)
    return found


@agency_commands.command("new")
def agency_new(
    code: Annotated[str, typer.Argument(help="Of the agency, as its country or the registry knows it.")],
    address: Annotated[str, typer.Option(help="Where other nodes connect: https://node.example:8443.")],
    name: Named = None,
    node: Annotated[str | None, typer.Option(help="Code of the node. Default: the agency's, in small letters.")] = None,
    host: Annotated[str | None, typer.Option(help="Name of the node's pages. Default: the one of the address.")] = None,
    subsystem: Annotated[list[str] | None, typer.Option(help="Each information system that asks or answers.")] = None,
    member_class: Annotated[str | None, typer.Option("--class", help="For a body that is no agency of the state.")] = None,
    port: Annotated[int, typer.Option(help="Of the node's pages.")] = 8080,
    systems_port: Annotated[int | None, typer.Option(help="A listener for the agency's own systems.")] = None,
    json: AsJson = False,
) -> None:
    """At the agency: make the home of its node (DINH_HOME), its keys, and the application that is carried to the registry."""
    from dinh.app.joining import Wanted, apply

    ports = {"DINH_PORT": str(port), **({"DINH_SYSTEMS_PORT": str(systems_port)} if systems_port else {})}
    made = apply(
        settings(),
        Wanted(
            code=code, url=address, name=text_of(name), node=node or code.lower(), host=host or urlsplit(address).hostname or "",
            subsystems=subsystem or [], member_class=member_class, settings=ports,
        ),
    )  # fmt: skip
    answer(made, f"Carry to the registry: {made.file}\nRead out to its operator: [bold]{made.fingerprint}[/bold]", json=json)


@agency_commands.command("admit")
def agency_admit(
    file: Annotated[Path, typer.Argument(help="The application.")],
    fingerprint: Fingerprint,
    certificates: Annotated[Path | None, typer.Option(help="Folder with signing.pem, sealing.pem and tls.pem of a real authority.")] = None,
    output: Annotated[Path | None, typer.Option(help="Default: beside the application.")] = None,
    json: AsJson = False,
) -> None:
    """At the registry: let in the agency whose engineer has read out this fingerprint, and write the admission that is carried back."""
    from dinh.app.admitting import admit_application
    from dinh.app.operations import with_running_storage

    chosen, target = settings(), output or file.with_suffix(".admission")
    let = with_running_storage(chosen, lambda: admit_application(chosen, file, fingerprint, certificates, target))
    words = f"{let.member} is let in with its node {let.node}.\nCarry back: {let.file}\nRead out to its engineer: [bold]{let.fingerprint}[/bold]"
    if let.advice:
        words += f"\n[yellow]{let.advice}[/yellow]"
    answer(let, words, json=json)


@agency_commands.command("renew")
def agency_renew(file: Annotated[Path, typer.Argument(help="In PEM, of a member or of its node's listener.")], json: AsJson = False) -> None:
    """At the registry: a certificate that an authority issued in place of one that ends (at the agency: dinh certificates)."""
    from dinh.app.admitting import take_certificate
    from dinh.app.operations import with_running_storage

    chosen = settings()
    found = with_running_storage(chosen, lambda: take_certificate(chosen, file))
    answer(found, f"{found.kind} {found.code}: registered, until {found.until:%Y-%m-%d}", json=json)


@agency_commands.command("renewals")
def agency_renewals(
    folder: Annotated[Path | None, typer.Option(help="Write each request (PKCS #10) there, for the authority.", exists=True, file_okay=False)] = None,
    json: AsJson = False,
) -> None:
    """At the registry: certificates that joined nodes have asked for and that wait for you. What the authority issues: dinh agency renew FILE."""
    from dinh.app.admitting import renewals
    from dinh.app.operations import with_running_storage

    chosen = settings()
    found = with_running_storage(chosen, lambda: renewals(chosen, folder))
    answer(found, "\n".join(f"{one.node}: {one.handle}, asked on {one.asked_at:%Y-%m-%d}" for one in found) or "Nothing waits.", json=json)


@agency_commands.command("join")
def agency_join(file: Annotated[Path, typer.Argument(help="The admission.")], fingerprint: Fingerprint, json: AsJson = False) -> None:
    """At the agency: check the admission, by the fingerprint that the registry's operator has read out, and keep it. Then: dinh run."""
    from dinh.app.joining import join

    plan = join(settings(), file, fingerprint)
    answer({"node": plan.code}, f"{plan.code} has joined. Start it: dinh run", json=json)


@service_commands.command("add")
def service_add(
    document: Annotated[Path, typer.Argument(help="An OpenAPI 3 document, JSON or YAML.")],
    at: Annotated[str, typer.Option(help="Whose it is: CODE/subsystem.")],
    url: Annotated[str, typer.Option(help="Where the provider's node finds the system: http://10.0.0.5:8000.")],
    code: Annotated[str, typer.Option(help="What the service is called in requests.")],
    title: Named = None,
    replace: Annotated[bool, typer.Option("--replace", help="A next version of the one that stands.")] = False,
    json: AsJson = False,
) -> None:
    """At the registry: a service of a member's own system. Nobody may use it yet."""
    from dinh.app.operations import with_running_storage
    from dinh.app.services import offer

    chosen, named = settings(), text_of(title)
    made = with_running_storage(chosen, lambda: offer(chosen, document, code, at, url, named, replace=replace))
    answer(made, "\n".join([f"{made.service}, version {made.version}:", *(f"  {one}" for one in made.endpoints)]), json=json)


@service_commands.command("allow")
def service_allow(
    at: Annotated[str, typer.Argument(help="CODE/subsystem/service.")],
    client: Annotated[list[str], typer.Argument(help="CODE/subsystem, or the code of an agency for the platform's own system.")],
    purpose: Annotated[str, typer.Option(help="What for, as a code.")],
    basis: Annotated[str, typer.Option(help="The law, contract or consent that it stands on.")],
    title: Annotated[list[str], typer.Option(help="What for, in words that people read in their log.")],
    ref: Annotated[str, typer.Option(help="Where the legal basis was seen.")] = "unverified",
    code: Annotated[str | None, typer.Option(help="Tells rights to one service apart. Default: the purpose.")] = None,
    daily: Annotated[int | None, typer.Option(min=1, help="Calls a day of one client at most.")] = None,
    assurance: Annotated[int, typer.Option(min=0, max=3, help="Asked of the acting person; 0 lets a system act.")] = 0,
    endpoint: Annotated[list[str] | None, typer.Option(help="GET /persons/*. Default: the whole service.")] = None,
    json: AsJson = False,
) -> None:
    """At the registry: let clients use a service for a purpose. Said again it replaces what it said before."""
    from dinh.app.operations import with_running_storage
    from dinh.app.services import allow, endpoint_of
    from dinh.exchange import Right

    chosen, endpoints = settings(), [endpoint_of(one) for one in endpoint] if endpoint else None
    right = Right(purpose=purpose, title=text_of(title), basis=basis, ref=ref, assurance=assurance, endpoints=endpoints, daily=daily)
    made = with_running_storage(chosen, lambda: allow(chosen, at, client, code, right))
    answer(made, f"{made.right}, version {made.version}: {', '.join(made.clients)}", json=json)


@service_commands.command("forbid")
def service_forbid(
    at: Annotated[str, typer.Argument(help="CODE/subsystem/service.")],
    code: Annotated[str, typer.Argument(help="Of the right: its purpose, unless it was given another.")],
    json: AsJson = False,
) -> None:
    """At the registry: take a right back."""
    from dinh.app.operations import with_running_storage
    from dinh.app.services import forbid

    chosen = settings()
    with_running_storage(chosen, lambda: forbid(chosen, at, code))
    answer({"right": f"{at}/{code}"}, f"{at}/{code} is no right any more", json=json)


@system_commands.command("admit")
def system_admit(
    at: Annotated[str, typer.Argument(help="CODE/subsystem.")],
    network: Annotated[bool, typer.Option("--network", help="By reaching the listener for systems, without a key.")] = False,
    json: AsJson = False,
) -> None:
    """At the member's node: let a system speak for a subsystem. Its key is shown this once."""
    from dinh.app.operations import with_running_storage
    from dinh.app.services import admit_system

    chosen = settings()
    text, key = with_running_storage(chosen, lambda: admit_system(chosen, at, network=network))
    words = f"The header Dinh-Key of {text}, shown this once: [bold]{key}[/bold]" if key else f"{text}: whoever reaches the listener for systems"
    answer({"subsystem": text, "key": key}, words, json=json)


@system_commands.command("dismiss")
def system_dismiss(at: Annotated[str, typer.Argument(help="CODE/subsystem.")], json: AsJson = False) -> None:
    """At the member's node: from ten seconds on nothing speaks for this subsystem any more."""
    from dinh.app.operations import with_running_storage
    from dinh.app.services import dismiss_system

    chosen = settings()
    count = with_running_storage(chosen, lambda: dismiss_system(chosen, at))
    if not count:
        fail(f"Nothing is admitted for {at}.")
    answer({"ended": count}, f"{at}: {count} ended", json=json)


@certificate_commands.command("list")
def certificates_list(json: AsJson = False) -> None:
    """When every certificate ends that the nodes here depend on, the first to end first."""
    from dinh.app.operations import list_certificates

    found = asyncio.run(list_certificates(settings()))
    lines = [f"{one.until:%Y-%m-%d}  {one.kind:9} {one.name}  ({', '.join(nodes)})" for one, nodes in found]
    answer([one for one, _ in found], "\n".join(lines), json=json)


@certificate_commands.command("request")
def certificates_request(
    name: Annotated[str | None, typer.Argument(help="Such as member.g22, node.portal or tls.portal. Default: all that end within a month.")] = None,
    json: AsJson = False,
) -> None:
    """Write requests (PKCS #10) for a real authority. The keys stay here; what is in use stays in use."""
    from dinh.app.operations import request_certificates

    paths = asyncio.run(request_certificates(settings(), name))
    lines = [f"take {path} to the authority, then: dinh certificates import FILE" for path in paths]
    answer([str(path) for path in paths], "\n".join(lines) or "Nothing new to ask for.", json=json)


@certificate_commands.command("import")
def certificates_import(file: Annotated[Path, typer.Argument(help="What the authority answered, in PEM.")], json: AsJson = False) -> None:
    """Take certificates in that were asked for here. Nothing is restarted."""
    from dinh.app.operations import import_certificates

    todo = " Others believe it once the registry has it: dinh agency renew FILE there."
    taken = asyncio.run(import_certificates(settings(), file))
    answer(taken, "\n".join(f"{one.handle}: holds until {one.until:%Y-%m-%d}.{'' if one.registered else todo}" for one in taken), json=json)
