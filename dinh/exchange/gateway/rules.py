"""What makes a message acceptable, before anyone looks inside it."""

from datetime import datetime, timedelta

from dinh.exchange.gateway.contracts import Message, Question
from dinh.kernel.errors import NotAllowed

# A synchronous message is fresh for this long; a clock that is further off must be mended. Told messages may wait.
FRESH = timedelta(minutes=5)
KEPT = timedelta(days=30)


def check_fresh(message: Message, now: datetime) -> None:
    limit = KEPT if message.kind == "tell" else FRESH
    if message.sent_at > now + FRESH or message.sent_at < now - limit:
        raise NotAllowed("exchange.not_fresh")


def check_reply(question: Message, reply: Message) -> None:
    """A reply belongs to its question and to nobody else's."""
    same = (reply.answers, reply.sender, reply.receiver, reply.service) == (question.id, question.receiver, question.sender, question.service)
    if not same or reply.kind not in {"answer", "refusal"}:
        raise NotAllowed("exchange.wrong_reply")


def question_of(message: Message, body: dict[str, object]) -> Question:
    return Question(
        service=message.service, client=message.sender, provider=message.receiver, purpose=message.purpose, body=body, case=message.case,
    )  # fmt: skip
