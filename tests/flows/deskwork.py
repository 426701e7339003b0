"""Cases on the desk of a commune, as people bring them there."""

import re

from tests.flows import births
from tests.world import Visitor, World

CODE = re.compile(r"H24\.168-\d{6}-\d{4,6}")


async def file_case(world: World, name: str) -> str:
    return await births.file_case(world, await world.sign_in(world.account("mother")), name)


async def ready_case(world: World, name: str) -> str:
    code = await file_case(world, name)
    await births.handle(world, code)
    return code


class Counter:
    """An officer enters an application for the mother."""

    def __init__(self, world: World, registrar: Visitor) -> None:
        self.world, self.registrar, self.path = world, registrar, ""

    async def begin(self) -> None:
        number = self.world.account("mother").username
        response = await self.registrar.post("/desk/counter", {"procedure": self.world.procedure, "number": number})
        self.path = str(response.url.path)
        assert self.path.startswith("/desk/counter/"), response.text

    def typed(self, name: str) -> dict[str, str]:
        return {key: value for page in births.answers(self.world, name).values() for key, value in page.items()}
