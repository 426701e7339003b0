"""How a notice and a code read as an e-mail, and as an SMS. Nothing personal but the case's code leaves; the rest waits behind the sign-in."""

from datetime import datetime
from pathlib import Path
from uuid import UUID

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from dinh.kernel.node import Node
from dinh.kernel.texts import Speaker, Texts
from dinh.notices.contacts import Destination
from dinh.notices.definitions import channel_plan
from dinh.notices.delivery import rules
from dinh.notices.inbox import Notice, words_of
from dinh.notices.outbox import Letter

_LETTERS = Environment(
    loader=FileSystemLoader(Path(__file__).resolve().parents[1] / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
    lstrip_blocks=True,
)  # fmt: skip


class _Content(msgspec.Struct, frozen=True):
    title: str
    text: str
    strong: str = ""
    link: str = ""
    leave: str = ""


def speaker_of(node: Node, to: Destination) -> Speaker:
    return node.part(Texts).speaker(to.language)


def notice_letter(node: Node, to: Destination, delivery: UUID, notice: Notice) -> Letter:
    speaker = speaker_of(node, to)
    words = words_of(node, speaker, notice)
    link = node.origin + (words.link or "/notices")
    content = _Content(words.title, words.text, link=link, leave=f"{node.origin}/notices/leave/{to.leave}")
    return _letter(speaker, to, delivery, notice.made_at, content)


def code_letter(node: Node, to: Destination, delivery: UUID, code: str, made_at: datetime) -> Letter:
    speaker = speaker_of(node, to)
    content = _Content(speaker.say("notices.code_title"), speaker.say("notices.code_text"), strong=code)
    return _letter(speaker, to, delivery, made_at, content)


def _letter(speaker: Speaker, to: Destination, delivery: UUID, made_at: datetime, content: _Content) -> Letter:
    portal = speaker.pick(speaker.country.portal.title)
    foot = speaker.say("notices.letter_foot", portal=portal)
    html = _LETTERS.get_template("letter.html").render(t=speaker.say, lang=speaker.language, content=content, foot=foot)
    leave = [f"{speaker.say('notices.letter_leave')}: {content.leave}"] if content.leave else []
    link = [f"{speaker.say('notices.letter_open')}: {content.link}"] if content.link else []
    lines = [content.title, content.text, content.strong, *link, "-- ", foot, *leave]
    text = "\n\n".join(line for line in lines if line) + "\n"
    return Letter(
        id=delivery, to=to.address, language=speaker.language, subject=content.title, text=text, html=html, made_at=made_at, leave=content.leave
    )


def notice_sms(node: Node, to: Destination, notice: Notice) -> str:
    words = words_of(node, speaker_of(node, to), notice)
    return _as_written_here(node, words.sms or words.title)


def code_sms(node: Node, to: Destination, code: str) -> str:
    speaker = speaker_of(node, to)
    return _as_written_here(node, speaker.say("notices.code_sms", code=code, portal=speaker.pick(speaker.country.portal.title)))


def _as_written_here(node: Node, text: str) -> str:
    return rules.unmarked(text) if channel_plan(node.country).sms.unmarked else text
