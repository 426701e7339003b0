"""The steps of a birth registration, as people take them."""

from tests.world import PDF, Visitor, World

__all__ = ["Visitor"]

CHILD = "Trần Ngọc Khuê"


def answers(world: World, name: str = CHILD, born: tuple[str, str, str] = ("3", "11", "2026")) -> dict[str, dict[str, str]]:
    """What a mother types, page by page."""
    father = world.account("father")
    day, month, year = born
    return {
        "relation": {"relation": "mother", "married": "yes"},
        "you": {},
        "child": {
            "child_name": name, "child_sex": "female", "child_birth_date-day": day, "child_birth_date-month": month, "child_birth_date-year": year,
            "child_birth_place": "Bệnh viện Phụ sản Hải Phòng", "child_ethnicity": "Kinh", "child_nationality": "Việt Nam", "child_origin": "Hải Phòng",
        },
        "father": {"father_name": father.name, "father_number": father.username},
        "where": {"unit": world.demo.units[0]},
    }  # fmt: skip


async def start(mother: Visitor) -> str:
    """A draft's path."""
    response = await mother.post(f"/services/{mother.world.procedure}/start")
    return "/applications/" + str(response.url).split("/applications/")[1].split("/")[0]


async def fill_in(world: World, mother: Visitor, name: str = CHILD) -> str:
    draft = await start(mother)
    for page, typed in answers(world, name).items():
        files = {"birth_notice": ("giay-chung-sinh.pdf", PDF, "application/pdf")} if page == "where" else None
        response = await mother.post(f"{draft}/{page}", typed, files=files)
        assert response.status_code == 200, (page, response.text)
    return draft


async def file_case(world: World, mother: Visitor, name: str = CHILD) -> str:
    """Fill in, submit, deliver; the case's code."""
    draft = await fill_in(world, mother, name)
    await mother.post(f"{draft}/review")
    await world.settle()
    return str((await mother.get(draft, follow_redirects=True)).url).rsplit("/", 1)[1]


async def handle(world: World, code: str, proposal: str = "approve") -> Visitor:
    """The registrar accepts, which asks the registers too, and proposes."""
    registrar = await world.sign_in(world.account(world.demo.handler))
    for turn, typed in (("accept", {}), ("propose", {"outcome": proposal, "note": "Đủ điều kiện"})):
        response = await registrar.post(f"/desk/{code}/{turn}", typed)
        assert response.status_code == 200, (turn, response.text)
    return registrar


async def decide(world: World, code: str, outcome: str = "approve") -> Visitor:
    """The chairperson decides with a code of their own."""
    account = world.account(world.demo.decider)
    chair = await world.sign_in(account)
    why = {"reason": "Trẻ đã được đăng ký ở nơi khác", "reference": "60/2014/QH13"} if outcome == "refuse" else {}
    response = await chair.post(f"/desk/{code}/decide", {"outcome": outcome, "factor": await world.code(account), **why})
    assert response.status_code == 200, response.text
    return chair


async def register_birth(world: World, mother: Visitor, name: str = CHILD) -> str:
    """The whole path; the case's code."""
    code = await file_case(world, mother, name)
    await handle(world, code)
    await decide(world, code)
    await world.settle()
    return code
