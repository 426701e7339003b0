"""Publish: one message for each subscriber, in the publisher's transaction."""

from urllib.parse import quote

import msgspec

from dinh.exchange.delivery import Letter, post
from dinh.exchange.gateway import plain
from dinh.exchange.members import Membership, Subscription, Topic, membership_of
from dinh.exchange.topics import rules
from dinh.exchange.topics.contracts import Publication, Published
from dinh.kernel import events, ids
from dinh.kernel.caller import Caller
from dinh.kernel.transactions import WriteTx

SAFE = "'()+,-.="


async def publish(tx: WriteTx, who: Caller, publication: Publication) -> list[Letter]:
    """What each subscriber is told, as it waits in the outbox. It leaves only if this transaction commits.

    The right of each subscriber is looked at again with every attempt to deliver. Raises NotFound for a topic that nobody declared, NotAllowed for one that
    is not this publisher's, Invalid for a body that does not say what the topic carries, Conflict when another publication had this id.
    """
    membership = membership_of(tx.node)
    topic = membership.topic(publication.topic, publication.publisher, publication.subsystem)
    rules.check(topic, publication.body)
    letters = [_letter(membership, topic, one, publication) for one in topic.subscriptions]
    if fresh := [letter for letter in letters if await post(tx, who, letter)]:
        event = Published(topic=topic.code, publisher=publication.publisher, subscribers=len(fresh))
        await events.append(tx, who, str(ids.new_id()), event, case=publication.case)
    return letters


def _letter(membership: Membership, topic: Topic, one: Subscription, publication: Publication) -> Letter:
    names = membership.names
    member_class = membership.member(one.subscriber).member_class
    where = (names.instance, member_class, one.subscriber, one.subsystem or names.subsystem, one.service)
    identity = f"{publication.message_id}:{':'.join(where[2:])}" if publication.message_id else f"{names.instance}-{ids.new_id()}"
    publisher = membership.member(publication.publisher)
    client = (names.instance, publisher.member_class, publisher.code, publication.subsystem or names.subsystem)
    headers = [
        ("X-Road-Client", "/".join(quote(part, safe=SAFE) for part in client)),
        ("Content-Type", "application/json"),
        ("Dinh-Topic", topic.code),
    ]
    if publication.case:
        headers.append(("X-Road-Issue", plain(publication.case)))
    return Letter(
        message_id=identity, service=one.service, sender=publication.publisher, sender_subsystem=publication.subsystem, receiver=one.subscriber,
        receiver_subsystem=one.subsystem, purpose=topic.purpose, assurance=0, case=publication.case,
        target=f"/r1/{'/'.join(quote(part, safe=SAFE) for part in where)}", headers=headers,
        body=msgspec.json.encode(rules.part_of(one, publication.body)), topic=topic.code,
    )  # fmt: skip
