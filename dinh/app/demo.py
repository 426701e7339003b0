"""The demonstration's people: a synthetic population, officials in every commune, and a few accounts to sign in with."""

import contextlib
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
import pyotp

from dinh import registers
from dinh.app.authority import demo_authority
from dinh.app.nodes import open_nodes
from dinh.app.operator import entrust
from dinh.app.setup import agencies_of
from dinh.identity import enrol, hash_password
from dinh.kernel.caller import system
from dinh.kernel.errors import Conflict
from dinh.kernel.node import Node
from dinh.kernel.settings import Settings
from dinh.offices import appoint, directory_of, holders_of_unit, open_agency_posts, open_posts, post_title
from dinh.trust import handle_of_person, keep_certificate

Progress = Callable[[int, int], None]
POSTS = 4
EVERYONE = 100_000
OPERATOR = "operator"
KEEPER = "keeper"


class DemoFile(msgspec.Struct, frozen=True):
    """`handler`, `decider` and `leader` are codes of posts; the leader's is of the unit at the top."""

    focus: str
    units: list[str]
    handler: str
    decider: str
    leader: str


class DemoAccount(msgspec.Struct, frozen=True):
    role: str
    name: str
    agency: str
    address: str
    username: str
    password: str
    totp_secret: str


def accounts_file(settings: Settings) -> Path:
    return settings.home / "demo-accounts.json"


def accounts(settings: Settings) -> list[DemoAccount]:
    """With today's addresses. Raises FileNotFoundError before the demonstration was set up."""
    found = msgspec.json.decode(accounts_file(settings).read_bytes(), type=list[DemoAccount])
    port = "" if settings.port in {80, 443} else f":{settings.port}"
    return [msgspec.structs.replace(account, address=f"{settings.public_scheme}://{urlsplit(account.address).hostname}{port}") for account in found]


async def populate(settings: Settings, persons: int, progress: Progress) -> None:
    """Load the synthetic population, unless there is one. Refused in production."""
    if settings.production:
        message = "production has no synthetic population"
        raise RuntimeError(message)
    async with open_nodes(settings, web=False) as nodes:
        node = _register_node(nodes)
        plan = node.country.read("demo.yaml", DemoFile)
        async for made in registers.generate(node, persons, plan.focus, plan.units):
            progress(made, persons)


def _register_node(nodes: dict[str, Node]) -> Node:
    return next(node for node in nodes.values() if "registers" in node.plan.rooms)


async def staff(settings: Settings) -> None:
    """Fill the posts of every commune and open the demonstration's accounts, once; those of a release before get what they lack."""
    if settings.production:
        return
    opened = accounts(settings) if accounts_file(settings).exists() else []
    known = {account.role for account in opened}
    if {OPERATOR, KEEPER} <= known:
        return
    async with open_nodes(settings, web=False) as nodes:
        desk = next(node for node in nodes.values() if node.plan.units)
        plan = desk.country.read("demo.yaml", DemoFile)
        people = await _people(nodes, desk, plan)
        if not opened:
            await _appoint(desk, people, plan)
        roles = [] if opened else await _roles(settings, desk, nodes[desk.country.portal.code], plan, people)
        if OPERATOR not in known:
            roles += await _operator(nodes, _free_person(people, plan, _numbers(opened, roles)))
        if KEEPER not in known:
            roles += await _keepers(_register_node(nodes), people[plan.units[-1]], _numbers(opened, roles))
        if roles:
            await _open_accounts(settings, nodes[desk.country.identity.code], opened, roles)


async def _operator(nodes: dict[str, Node], person: dict[str, Any]) -> list["Role"]:
    """One person operates every node."""
    for node in nodes.values():
        async with node.write(system("demo")) as tx:
            await entrust(tx, system("demo"), person["ref"])
    return [(OPERATOR, person, node, "") for node in nodes.values()]


def _numbers(opened: list[DemoAccount], roles: list["Role"]) -> set[str]:
    """Of everyone who has an account, or is about to."""
    return {account.username for account in opened} | {person["number"] for _, person, _, _ in roles}


async def _keepers(node: Node, people: list[dict[str, Any]], taken: set[str]) -> list["Role"]:
    """Whoever has no account keeps the registers: every post of the node's own agencies. Who was appointed before stays."""
    known = {person["ref"]: person for person in people}
    async with node.write(system("demo")) as tx:
        posts = await open_agency_posts(tx, agencies_of(node))
        held = {holding.post.code: holding.person for post in posts for holding in await holders_of_unit(tx, post.unit)}
        free = (ref for ref, person in known.items() if person["number"] not in taken and ref not in held.values())
        chosen = [(post, held.get(post.code) or next(free, None)) for post in posts]
        for post, person in chosen:
            if person and post.code not in held:
                await appoint(tx, system("demo"), post.code, person)
    return [(post.template, known[person], node, post.agency) for post, person in chosen if person]


def _free_person(people: dict[str, list[dict[str, Any]]], plan: DemoFile, taken: set[str]) -> dict[str, Any]:
    """The oldest adult of the demonstration's communes who has no account: the same one if setting up was cut short."""
    free = [person for unit in plan.units for person in people[unit] if person["number"] not in taken]
    return min(free, key=lambda person: (person["birth_date"], person["ref"]))


async def _people(nodes: dict[str, Node], desk: Node, plan: DemoFile) -> dict[str, list[dict[str, Any]]]:
    """Adults by unit: a few everywhere, more where the accounts are."""
    register = _register_node(nodes)
    async with register.read(system("demo")) as tx:
        day = tx.node.country.local_date(tx.now)
        units = [unit.code for unit in directory_of(desk.country).covered_units(desk.plan.units, day)]
        found = await registers.candidates(tx, units, POSTS) + await registers.candidates(tx, plan.units, EVERYONE)
    people: dict[str, list[dict[str, Any]]] = {}
    for person in {person["ref"]: person for person in found}.values():
        people.setdefault(person["residence_unit"], []).append(person)
    return people


async def _appoint(desk: Node, people: dict[str, list[dict[str, Any]]], plan: DemoFile) -> None:
    """Posts of a unit where nobody lives, the one at the top, go to people of the demonstration's last commune."""
    async with desk.write(system("demo")) as tx:
        taken: dict[str, int] = {}
        posts = await open_posts(tx, desk.plan.units or "")
        if await holders_of_unit(tx, posts[0].unit):
            return
        for post in posts:
            home = post.unit if people.get(post.unit) else plan.units[-1]
            at = taken.get(home, 0)
            if at < len(people[home]):
                await appoint(tx, system("demo"), post.code, people[home][at]["ref"])
                taken[home] = at + 1


Role = tuple[str, dict[str, Any], Node, str]


async def _open_accounts(settings: Settings, issuer: Node, opened: list[DemoAccount], roles: list[Role]) -> None:
    """The secrets are on disk before the accounts exist: a start that was cut short goes on with the same ones. One person has one
    account, at as many addresses as they work.
    """
    partial = accounts_file(settings).with_suffix(".partial")
    if not partial.exists():
        password = opened[0].password if opened else f"dinh-{secrets.token_hex(4)}"
        codes = {person["number"]: pyotp.random_base32() for _, person, _, _ in roles}
        chosen = [
            DemoAccount(role, person["full_name"], agency, node.origin, person["number"], password, codes[person["number"]])
            for role, person, node, agency in roles
        ]
        partial.touch(mode=0o600)
        partial.write_bytes(msgspec.json.format(msgspec.json.encode([*opened, *chosen])))
    persons = {person["number"]: person["ref"] for _, person, _, _ in roles}
    made = {account.username: account for account in msgspec.json.decode(partial.read_bytes(), type=list[DemoAccount]) if account.username in persons}
    hashed = await hash_password(next(iter(made.values())).password)
    with contextlib.suppress(Conflict):  # opened just before the cut
        async with issuer.write(system("demo")) as tx:
            for account in made.values():
                await enrol(tx, system("demo"), persons[account.username], account.username, hashed, account.totp_secret)
    partial.rename(accounts_file(settings))


async def _roles(settings: Settings, desk: Node, portal: Node, plan: DemoFile, people: dict[str, list[dict[str, Any]]]) -> list[Role]:
    """A couple of parents, whoever holds a post in the demonstration's communes, and the leader above them."""
    by_ref = {person["ref"]: person for unit in plan.units for person in people[unit]}
    roles, held = [], set()
    for unit in plan.units:
        async with desk.read(system("demo")) as tx:
            holdings = await holders_of_unit(tx, unit)
        for holding in holdings:
            held.add(holding.person)
            await _certify(settings, desk, holding, by_ref[holding.person]["full_name"])
            roles.append((holding.post.template, by_ref[holding.person], desk, holding.post.agency))
    async with desk.read(system("demo")) as tx:
        above = await holders_of_unit(tx, desk.plan.units or "")
    held |= {holding.person for holding in above}
    roles += [("leader", by_ref[holding.person], desk, holding.post.agency) for holding in above if holding.post.template == plan.leader]
    couples = [
        (person, by_ref[person["spouse"]])
        for person in people[plan.units[0]]
        if person["sex"] == "female" and person["spouse"] in by_ref and not {person["ref"], person["spouse"]} & held
    ]
    couple = max(couples, key=lambda pair: pair[0]["birth_date"])
    mother, father = (("mother", couple[0]), ("father", couple[1]))
    return [(mother[0], mother[1], portal, ""), (father[0], father[1], portal, ""), *roles]


async def _certify(settings: Settings, desk: Node, holding: Any, name: str) -> None:
    """A signing certificate for the person in the post."""
    authority, language = await demo_authority(settings, desk), desk.country.languages[0]
    agency = directory_of(desk.country).agency(holding.post.agency)
    title = post_title(desk.country, holding.post.code, holding.since)[language].split(",")[0]
    certificate = await authority.issue_officer(handle_of_person(holding.person), name, agency.name[language], title)
    async with desk.write(system("demo")) as tx:
        await keep_certificate(tx, handle_of_person(holding.person), certificate)
