"""Verbs of posts. A post and its grants are read at the moment of use, never carried in a session."""

from collections.abc import Iterable
from datetime import date
from functools import cache
from pathlib import Path

from dinh.kernel import content, events
from dinh.kernel.caller import Caller
from dinh.kernel.country import Country
from dinh.kernel.errors import BadContent, NotFound
from dinh.kernel.transactions import ReadTx, WriteTx
from dinh.offices.delegations import Delegation, lent_to
from dinh.offices.directory import directory_of
from dinh.offices.posts import rules, store
from dinh.offices.posts.contracts import Appointed, Holding, Post, PostFile, PostTemplate

OVERSEE = "oversee"
# Before the code, it stands for the unit of an agency's own posts: the code of no territory. Row-level policies name it too.
AGENCY = "agency:"


@cache
def _files(folder: Path) -> dict[str, PostFile]:
    files = content.read_all(folder / "offices", PostFile)
    seen: set[str] = set()
    for name, file in files.items():
        for post in file.posts:
            if post.code in seen:
                raise BadContent(str(folder / "offices" / f"{name}.yaml"), 1, "posts", f"a code of its own for each post, not {post.code!r} again")
            seen.add(post.code)
    return files


@cache
def _templates(folder: Path) -> dict[str, PostTemplate]:
    return {post.code: post for file in _files(folder).values() for post in file.posts}


def _declared(country: Country, unit: str) -> list[PostTemplate]:
    """The posts of a unit, by the level of its own agency."""
    level = directory_of(country).agency_of_unit(unit).level
    return [post for file in _files(country.folder).values() if file.level == level for post in file.posts]


async def open_posts(tx: WriteTx, top: str) -> list[Post]:
    """Open every declared post of `top` and of each unit below it; those that exist stay as they are."""
    day, country = tx.node.country.local_date(tx.now), tx.node.country
    directory = directory_of(country)
    posts = [
        Post(f"{unit}.{template.code}", unit, directory.agency_of_unit(unit).code, template.code)
        for unit in [top, *[unit.code for unit in directory.covered_units(top, day)]]
        for template in _declared(country, unit)
    ]
    await store.insert_posts(tx, posts)
    return sorted(posts, key=lambda post: post.code)


async def open_agency_posts(tx: WriteTx, hosted: Iterable[str]) -> list[Post]:
    """Open every post that is declared for one of these agencies by name; those that exist stay as they are."""
    here = set(hosted)
    posts = [
        Post(f"{agency}.{template.code}", AGENCY + agency, agency, template.code)
        for file in _files(tx.node.country.folder).values()
        for agency in file.agencies
        if agency in here
        for template in file.posts
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
    held = await _held(tx, person, day)
    borrowed = await lent_to(tx, [found.post.code for found in held], day) if lent else []
    return [(found, _duties(tx, found.post, [each for each in borrowed if each.to_post == found.post.code], day)) for found in held]


async def _held(tx: ReadTx, person: str, day: date) -> list[Holding]:
    return _lasting(tx, await store.holdings_of_person(tx, person, day), day)


def _lasting(tx: ReadTx, held: list[Holding], day: date) -> list[Holding]:
    """A post ends with its unit, once one successor has taken that over."""
    directory = directory_of(tx.node.country)
    return [found for found in held if len(directory.merged_into(found.post.unit, day)) != 1]


def _duties(tx: ReadTx, post: Post, lent: list[Delegation], day: date) -> tuple[str, ...]:
    """A duty is lent only while the giver's own post has it."""
    templates = _templates(tx.node.country.folder)
    own = rules.duties(templates[post.template].grants, day)
    borrowed = {each.duty for each in lent if each.duty in rules.duties(templates[_template(each.from_post)].grants, day)}
    return tuple(sorted({*own, *borrowed}))


def _template(post: str) -> str:
    return post.rpartition(".")[2]


async def holders_of_unit(tx: ReadTx, unit: str) -> list[Holding]:
    return await store.holdings_of_unit(tx, unit, tx.node.country.local_date(tx.now))


async def may(tx: ReadTx, who: Caller, duty: str, procedure: str) -> bool:
    """Whether the caller's post holds a grant for this duty and procedure today, its own or lent, read afresh."""
    return await authority(tx, who, duty, procedure) is not None


async def authority(tx: ReadTx, who: Caller, duty: str, procedure: str) -> str | None:
    """The post whose grant allows it: the caller's own, or the one that lent it. None: nobody's."""
    if who.person is None or who.post is None:
        return None
    day = tx.node.country.local_date(tx.now)
    post = {found.post.code: found.post for found in await _held(tx, who.person, day)}.get(who.post)
    if post is None:
        return None
    own = _own(tx, post, duty, procedure, day)
    return own or _borrowed(tx, post, await lent_to(tx, [post.code], day), duty, procedure, day)


def _own(tx: ReadTx, post: Post, duty: str, procedure: str, day: date) -> str | None:
    return post.code if rules.allows(_templates(tx.node.country.folder)[post.template].grants, duty, procedure, day) else None


def _borrowed(tx: ReadTx, post: Post, lent: list[Delegation], duty: str, procedure: str, day: date) -> str | None:
    """The post that lent it, as long as that one's own grant allows it."""
    templates = _templates(tx.node.country.folder)
    for each in lent:
        grants = templates[_template(each.from_post)].grants
        if each.to_post == post.code and each.covers(duty, procedure, day) and rules.allows(grants, duty, procedure, day):
            return each.from_post
    return None


async def able(tx: ReadTx, unit: str, duty: str, procedure: str) -> list[Holding]:
    """Who of a unit may do something today, by an own or a lent grant: two statements, however many posts there are."""
    day = tx.node.country.local_date(tx.now)
    held = _lasting(tx, await store.holdings_of_unit(tx, unit, day), day)
    lent = await lent_to(tx, [each.post.code for each in held], day)
    return [each for each in held if _own(tx, each.post, duty, procedure, day) or _borrowed(tx, each.post, lent, duty, procedure, day)]


def responsible_post(country: Country, unit: str, duty: str, procedure: str, day: date) -> str | None:
    """The first post of the unit that is declared to have this duty, whoever holds it."""
    found = rules.first_with(_declared(country, unit), duty, procedure, day)
    return f"{unit}.{found}" if found else None


def oversight(country: Country, unit: str, duties: tuple[str, ...]) -> tuple[str, ...]:
    """The units whose figures a post may see: with the duty `oversee`, its own and every one that is or was below it."""
    return (unit, *directory_of(country).ever_below(unit)) if OVERSEE in duties else ()


def post_title(country: Country, code: str, day: date) -> dict[str, str]:
    """The post with its unit, in every language: what the public sees instead of a name."""
    owner, _, template = code.rpartition(".")
    found = _templates(country.folder).get(template)
    if found is None:
        return dict.fromkeys(country.languages, code)
    if any(owner in file.agencies and found in file.posts for file in _files(country.folder).values()):
        names = directory_of(country).agency(owner).name
    else:
        names = dict.fromkeys(found.title, directory_of(country).name_of(owner, day))
    return {language: f"{text}, {names[language]}" for language, text in found.title.items()}
