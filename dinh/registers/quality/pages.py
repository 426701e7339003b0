"""How good each register is: four percentages for everyone, agency by agency for officials."""

from typing import Any

from litestar import Response
from litestar.params import FromPath

from dinh.kernel.transactions import ReadTx
from dinh.kernel.web.routes import officer, page, public
from dinh.kernel.web.visit import Visit
from dinh.offices import directory_of
from dinh.registers.description import Register
from dinh.registers.measures import WORDS, Quality
from dinh.registers.quality import rules, service
from dinh.registers.quality.contracts import Measure, Share, Standing


@page("/registers", public)
async def overview(request: Visit) -> Response[str]:
    """Percentages of whole registers name nobody; of a register with a handful of records the public sees none."""
    found = []
    async with request.node.read(request.who) as tx:
        for register in service.measured_registers(request.node.country):
            quality = service.quality_of(request.node.country, register.name)[1]
            standing = await service.standing(tx, register, quality)
            keeper = service.is_keeper(request.who, quality)
            waiting = sum((await service.work_of(tx, register))[0].values()) if keeper else 0
            few = standing is not None and standing.records < rules.FEW and not keeper
            found.append({"register": register, "quality": quality, "standing": standing, "few": few, "keeper": keeper, "waiting": waiting})
    return request.page("registers/overview.html", found=found, words=WORDS, **names(request))


@page("/registers/{name:str}", officer)
async def register(request: Visit, name: FromPath[str]) -> Response[str]:
    described, quality = service.quality_of(request.node.country, name)
    async with request.node.read(request.who) as tx:
        standing = await service.standing(tx, described, quality)
        context = await _measured(tx, request, described, quality, standing) if standing else {}
    return request.page("registers/register.html", register=described, quality=quality, standing=standing, words=WORDS, **context, **names(request))


async def _measured(tx: ReadTx, request: Visit, described: Register, quality: Quality, standing: Standing) -> dict[str, Any]:
    measures = await service.measures(tx, described, standing.day)
    by_agency: dict[str, list[Measure]] = {}
    by_rule: dict[str, list[Measure]] = {}
    for measure in measures:
        by_agency.setdefault(measure.agency, []).append(measure)
        by_rule.setdefault(measure.rule, []).append(measure)
    waiting, corrected = await service.work_of(tx, described)
    return {
        "keeper": service.is_keeper(request.who, quality), "agencies": rules.worst_first(by_agency, quality.rules), "waiting": waiting, "corrected": corrected,
        "rules": [(rule, rules.share(by_rule.get(rule.code, []), {rule.code: 1})) for rule in quality.rules], "nights": await service.history(tx, described, quality),
    }  # fmt: skip


def names(request: Visit) -> dict[str, Any]:
    """What every page of a register needs to speak."""
    speaker, directory = request.speaker, directory_of(request.node.country)

    def percent(share: Share) -> str:
        if share.permille is None:
            return speaker.say("registers.nothing")
        return speaker.say("registers.percent", whole=share.permille // 10, tenth=share.permille % 10)

    def points(now: Share, before: Share) -> str:
        """How the percentage moved, in tenths of a point; empty where there is nothing to compare."""
        if now.permille is None or before.permille is None:
            return ""
        moved = now.permille - before.permille
        key = "registers.same" if moved == 0 else "registers.up" if moved > 0 else "registers.down"
        return speaker.say(key, points=speaker.say("registers.points", whole=abs(moved) // 10, tenth=abs(moved) % 10))

    return {"percent": percent, "points": points, "agency": lambda code: speaker.pick(directory.agency(code).name)}


routes = [overview, register]
