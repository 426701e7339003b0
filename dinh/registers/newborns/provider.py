"""Takes in what the topic of registered births tells."""

import msgspec

from dinh.exchange import Question
from dinh.kernel.caller import Caller
from dinh.kernel.transactions import WriteTx
from dinh.registers.newborns import service
from dinh.registers.newborns.contracts import Newborn
from dinh.registers.population import person


async def take(tx: WriteTx, who: Caller, question: Question) -> None:
    await service.note(tx, who, question.service, msgspec.convert(question.body, Newborn))


async def take_for_population(tx: WriteTx, who: Caller, question: Question) -> None:
    """Raises NotFound for a child whom the population register does not know: a birth entered for nobody needs somebody to look at it."""
    await person(tx, ref=str(question.body["child"]))
    await take(tx, who, question)


handlers = {"population.birth_registered": take_for_population, "residence.birth_registered": take, "insurance.birth_registered": take}
