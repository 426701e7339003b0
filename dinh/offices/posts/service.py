"""Verbs of posts. A post and its grants are read at the moment of use, never carried in a session."""

from datetime import date
from functools import cache
from pathlib import Path

from dinh.kernel import content, events
from dinh.kernel.caller import Caller
from dinh.kernel.country import Country
from dinh.kernel.errors import NotFound
from dinh.kernel.transactions import ReadTx, WriteTx
from dinh.offices.delegations import Delegation, lent_to
from dinh.offices.directory import directory_of
from dinh.offices.posts import rules, store
from dinh.offices.posts.contracts import Appointed, Holding, Post, PostFile, PostTemplate


@cache
def _templates(folder: Path) -> dict[str, PostTemplate]:
    files = content.read_all(folder / "offices", PostFile)
    return {post.code: post for file in files.values() for post in file.posts}


async def open_posts(tx: WriteTx, top: str) -> list[Post]:
    """Open every declared post in each unit below `top`; those that exist stay as they are."""
    day = tx.node.country.local_date(tx.now)
    directory = directory_of(tx.node.country)
    posts = [
        Post(f"{unit.code}.{template}", unit.code, directory.agency_of_unit(unit.code).code, template)
        for unit in directory.covered_units(top, day)
        for template in _templates(tx.node.country.folder)
    ]
    await store.insert_posts(tx, posts)
    return sorted(posts, key=lambda post: post.code)


async def appoint(tx: WriteTx, who: Caller, post: str, person: str) -> None:
    """The person takes the post today; whoever held it leaves it. Raises NotFound for an unknown post."""
    found = await store.post(tx, post)
    if found is None:
        raise NotFound("offices.no_post", code=post)
    day = tx.node.country.local_date(tx.now)
    await store.end_holding(tx, post, day)
    await store.insert_holding(tx, post, person, day)
    await events.append(tx, who, post, Appointed(post=post, unit=found.unit, person=person, since=day))


async def posts_of(tx: ReadTx, person: str, *, lent: bool = True) -> list[tuple[Holding, tuple[str, ...]]]:
    """The posts that the person holds today, each with its duties, lent ones included unless they are not wanted."""
    day = tx.node.country.local_date(tx.now)
    held = await store.holdings_of_person(tx, person, day)
    borrowed = await lent_to(tx, [found.post.code for found in held], day) if lent else []
    return [(found, _duties(tx, found.post, [each for each in borrowed if each.to_post == found.post.code], day)) for found in held]


def _duties(tx: ReadTx, post: Post, lent: list[Delegation], day: date) -> tuple[str, ...]:
    """A duty is lent only while the giver's own post has it."""
    templates = _templates(tx.node.country.folder)
    own = rules.duties(templates[post.template].grants, day)
    borrowed = {each.duty for each in lent if each.duty in rules.duties(templates[_template(each.from_post)].grants, day)}
    return tuple(sorted({*own, *borrowed}))


def _template(post: str) -> str:
    return post.partition(".")[2]


async def holders_of_unit(tx: ReadTx, unit: str) -> list[Holding]:
    return await store.holdings_of_unit(tx, unit, tx.node.country.local_date(tx.now))


async def may(tx: ReadTx, who: Caller, duty: str, procedure: str) -> bool:
    """Whether the caller's post holds a grant for this duty and procedure today, its own or lent, read afresh."""
    return await authority(tx, who, duty, procedure) is not None


async def authority(tx: ReadTx, who: Caller, duty: str, procedure: str) -> str | None:
    """The post whose grant allows it: the caller's own, or the one that lent it. None: nobody's."""
    if who.person is None or who.post is None:
        return None
    day, templates = tx.node.country.local_date(tx.now), _templates(tx.node.country.folder)
    post = {found.post.code: found.post for found in await store.holdings_of_person(tx, who.person, day)}.get(who.post)
    if post is None:
        return None
    if rules.allows(templates[post.template].grants, duty, procedure, day):
        return post.code
    for lent in await lent_to(tx, [post.code], day):
        if lent.covers(duty, procedure, day) and rules.allows(templates[_template(lent.from_post)].grants, duty, procedure, day):
            return lent.from_post
    return None


def post_title(country: Country, code: str, day: date) -> dict[str, str]:
    """The post with its unit, in every language: what the public sees instead of a name."""
    unit, _, template = code.partition(".")
    found = _templates(country.folder).get(template)
    if found is None:
        return dict.fromkeys(country.languages, code)
    place = directory_of(country).unit(unit, day).name
    return {language: f"{text}, {place}" for language, text in found.title.items()}
