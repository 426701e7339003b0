"""Publish a registered birth, and note one."""

from dinh.exchange import Publication, membership_of, publish
from dinh.kernel import events
from dinh.kernel.caller import Caller
from dinh.kernel.transactions import ReadTx, WriteTx
from dinh.registers.description import Record, written
from dinh.registers.newborns import store
from dinh.registers.newborns.contracts import TOPIC, BirthNoted, Newborn


async def publish_birth(tx: WriteTx, who: Caller, publisher: str, record: Record) -> None:
    """In the transaction that enters the birth. Whoever subscribed is told, each as much as its right carries; in a country without the topic, nobody."""
    if TOPIC not in membership_of(tx.node).topics:
        return
    body = {
        "child": record["child"], "case": record["case_code"], "unit": record["unit"], "number": record["number"],
        "registered_on": written(record["registered_on"]), "born_on": written(record["birth_date"]), "mother": record["mother"], "father": record["father"],
    }  # fmt: skip
    said = {name: value for name, value in body.items() if value is not None}
    await publish(tx, who, Publication(topic=TOPIC, publisher=publisher, body=said, case=str(record["case_code"])))


async def note(tx: WriteTx, who: Caller, service: str, newborn: Newborn) -> None:
    """The case is the key: told again under another message, nothing more happens."""
    if await store.insert(tx, service, newborn):
        await events.append(tx, who, newborn.child, BirthNoted(child=newborn.child, case=newborn.case, service=service), case=newborn.case)


async def noted(tx: ReadTx, service: str, case: str) -> Newborn | None:
    """What this register was told of a case's birth."""
    return await store.noted(tx, service, case)
