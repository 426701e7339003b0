"""/data-register: what the state keeps about people here, for anyone."""

from litestar import Response

from dinh.app.processing import service
from dinh.app.processing.contracts import Kept
from dinh.app.processing.rules import slug
from dinh.kernel.texts import Speaker
from dinh.kernel.web.routes import page, public
from dinh.kernel.web.visit import Visit


@page("/data-register", public)
async def register(request: Visit) -> Response[str]:
    speaker, country = request.speaker, request.node.country
    found = service.processing_of(country)
    rows = [(one, words_of(speaker, one), [speaker.pick(country.nodes[code].title) for code in one.nodes]) for one in found.kept]
    tables: dict[str, list[tuple[Kept, dict[str, str], list[str]]]] = {}
    for row in sorted(rows, key=lambda row: row[0].room != "registers"):
        tables.setdefault(row[1]["what"], []).append(row)
    return request.page("app/data_register.html", tables=tables, events=found.events, amount=len(tables))


def words_of(speaker: Speaker, one: Kept) -> dict[str, str]:
    """In plain words: what it is, which kinds of data, on which basis, for how long."""
    say = speaker.say
    return {
        "what": speaker.pick(one.title) if one.title else say(f"app.data_{one.room}_{one.table}"),
        "kinds": ", ".join(say(f"app.kind_{slug(kind)}") for kind in one.kinds),
        "basis": one.ref or say(f"app.basis_{slug(one.basis)}"), "keep": say(f"app.keep_{slug(one.keep)}"),
    }  # fmt: skip


routes = [register]
