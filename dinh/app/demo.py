"""The demonstration's people: a synthetic population, officials in every commune, and a few accounts to sign in with."""

import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pyotp

from dinh import registers
from dinh.app.nodes import open_nodes
from dinh.app.setup import demo_authority
from dinh.identity import enrol, hash_password
from dinh.kernel.caller import system
from dinh.kernel.node import Node
from dinh.kernel.settings import Settings
from dinh.offices import appoint, directory_of, holders_of_unit, open_posts, post_title
from dinh.trust import handle_of_person, keep_certificate

Progress = Callable[[int, int], None]
POSTS = 3


class DemoFile(msgspec.Struct, frozen=True):
    focus: str
    units: list[str]
    handler: str
    decider: str


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
    """Raises FileNotFoundError before the demonstration was set up."""
    return msgspec.json.decode(accounts_file(settings).read_bytes(), type=list[DemoAccount])


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
    """Fill the posts of every commune and open the demonstration's accounts, once."""
    if settings.production or accounts_file(settings).exists():
        return
    async with open_nodes(settings, web=False) as nodes:
        desk = next(node for node in nodes.values() if node.plan.units)
        plan = desk.country.read("demo.yaml", DemoFile)
        people = await _people(nodes, desk, plan)
        await _appoint(desk, people)
        made = await _open_accounts(settings, nodes, desk, plan, people)
        accounts_file(settings).write_bytes(msgspec.json.format(msgspec.json.encode(made)))
        accounts_file(settings).chmod(0o600)


async def _people(nodes: dict[str, Node], desk: Node, plan: DemoFile) -> dict[str, list[dict[str, Any]]]:
    """Adults by unit: a few everywhere, more where the accounts are."""
    register = _register_node(nodes)
    async with register.read(system("demo")) as tx:
        day = tx.node.country.local_date(tx.now)
        units = [unit.code for unit in directory_of(desk.country).covered_units(desk.plan.units, day)]
        found = await registers.candidates(tx, units, POSTS) + await registers.candidates(tx, plan.units, 30)
    people: dict[str, list[dict[str, Any]]] = {}
    for person in found:
        people.setdefault(person["residence_unit"], []).append(person)
    return people


async def _appoint(desk: Node, people: dict[str, list[dict[str, Any]]]) -> None:
    async with desk.write(system("demo")) as tx:
        taken: dict[str, int] = {}
        for post in await open_posts(tx, desk.plan.units or ""):
            at = taken.get(post.unit, 0)
            if at < len(people.get(post.unit, ())):
                await appoint(tx, system("demo"), post.code, people[post.unit][at]["ref"])
                taken[post.unit] = at + 1


async def _open_accounts(
    settings: Settings, nodes: dict[str, Node], desk: Node, plan: DemoFile, people: dict[str, list[dict[str, Any]]]
) -> list[DemoAccount]:
    issuer, portal = nodes[desk.country.identity.code], nodes[desk.country.portal.code]
    password, made = f"dinh-{secrets.token_hex(4)}", []
    hashed = await hash_password(password)
    for role, person, node, agency in await _roles(settings, desk, portal, plan, people):
        secret = pyotp.random_base32()
        async with issuer.write(system("demo")) as tx:
            await enrol(tx, system("demo"), person["ref"], person["number"], hashed, secret)
        made.append(DemoAccount(role, person["full_name"], agency, node.origin, person["number"], password, secret))
    return made


async def _roles(
    settings: Settings, desk: Node, portal: Node, plan: DemoFile, people: dict[str, list[dict[str, Any]]]
) -> list[tuple[str, dict[str, Any], Node, str]]:
    """A couple of parents, and whoever holds a post in the demonstration's communes."""
    by_ref = {person["ref"]: person for unit in plan.units for person in people[unit]}
    roles, held = [], set()
    for unit in plan.units:
        async with desk.read(system("demo")) as tx:
            holdings = await holders_of_unit(tx, unit)
        for holding in holdings:
            held.add(holding.person)
            await _certify(settings, desk, holding, by_ref[holding.person]["full_name"])
            roles.append((holding.post.template, by_ref[holding.person], desk, holding.post.agency))
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
