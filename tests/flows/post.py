"""A real mail server and a real SMS gateway for the tests, and people who read what arrives there."""

import asyncio
import itertools
import json
import re
import socket
from collections.abc import Iterator
from datetime import date, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from dinh.cases import follow_progress
from dinh.exchange import Question
from dinh.identity import Arrival, open_session
from dinh.kernel import ids
from dinh.kernel.caller import PUBLIC, system
from dinh.kernel.web.visit import SESSION
from dinh.notices import Smtp, relay
from dinh.offices import directory_of
from tests.world import Visitor, World

SENDER = "Cổng dịch vụ công <no-reply@portal.example>"
# What stands on /notices: the words of each, and where each can be opened.
TITLE = re.compile(r'<h2 class="dinh-rows__title">(?:<a[^>]*>)?([^<]+)<')
OPEN = re.compile(r'href="(/notices/[0-9a-f-]{36})"')
CODE = re.compile(r"(?<!\d)\d{6}(?!\d)")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class PostOffice:
    """An SMTP server. `refuse` says what it answers to a recipient, `refuse_data` to a letter, by address."""

    def __init__(self, **options: Any) -> None:
        self.port, self.options = free_port(), options
        self.letters: list[EmailMessage] = []
        self.refuse: dict[str, str] = {}
        self.refuse_data: dict[str, str] = {}
        self._controller: Controller | None = None

    async def handle_RCPT(self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]) -> str:
        if address in self.refuse:
            return self.refuse[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        if envelope.rcpt_tos[0] in self.refuse_data:
            return self.refuse_data[envelope.rcpt_tos[0]]
        letter = message_from_bytes(envelope.original_content or b"", policy=policy.default)
        assert isinstance(letter, EmailMessage)
        self.letters.append(letter)
        return "250 taken"

    def open(self) -> "PostOffice":
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port, **self.options)
        self._controller.start()
        return self

    def close(self) -> None:
        if self._controller:
            self._controller.stop()
            self._controller = None

    @property
    def mailer(self) -> Smtp:
        return Smtp(relay(f"smtp://127.0.0.1:{self.port}?tls=none"), SENDER)

    def to(self, address: str) -> list[EmailMessage]:
        return [letter for letter in self.letters if letter["to"] == address]


class Gateway:
    """An SMS gateway: takes JSON with a bearer token, answers a number. `answers` are statuses to give first."""

    def __init__(self) -> None:
        self.port = free_port()
        self.taken: list[dict[str, Any]] = []
        self.answers: list[int] = []
        self._server: asyncio.Server | None = None

    async def open(self) -> "Gateway":
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        return self

    async def close(self) -> None:
        if self._server:
            self._server.close()
            await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = int(re.findall(r"content-length: (\d+)", head)[0])
        body = json.loads(await reader.readexactly(length))
        status = self.answers.pop(0) if self.answers else 200
        if status == 200:
            self.taken.append(
                body | {"key": re.findall(r"idempotency-key: (\S+)", head)[0], "bearer": re.findall(r"authorization: bearer (\S+)", head)[0]}
            )
        answer = json.dumps({"id": f"sms-{len(self.taken)}"}).encode()
        writer.write(
            f"HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {len(answer)}\r\nconnection: close\r\n\r\n".encode() + answer
        )
        await writer.drain()
        writer.close()

    def to(self, phone: str) -> list[dict[str, Any]]:
        return [message for message in self.taken if message["to"] == phone]


def text_of(letter: EmailMessage) -> str:
    part = letter.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def html_of(letter: EmailMessage) -> str:
    part = letter.get_body(("html",))
    assert part is not None
    return str(part.get_content())


class Reader(Visitor):
    """Someone with a session, who is nobody's account: each test its own."""

    person: str


_taken: dict[int, Iterator[int]] = {}
_cases = itertools.count(5001)


async def reader(world: World, language: str = "vi") -> Reader:
    number = next(_taken.setdefault(id(world), itertools.count(700)))
    accounts = [account.username for account in world.accounts]
    sql = "SELECT ref FROM registers.person WHERE source_case IS NULL AND number <> ALL($1) ORDER BY ref OFFSET $2 LIMIT 1"
    async with world.registers.pool.acquire() as connection:
        person = await connection.fetchval(sql, accounts, number)
    made = Reader(world, world.portal, language)
    async with world.portal.write(PUBLIC) as tx:
        arrival = Arrival(sub=person, acr="urn:dinh:eid:id:2:auth:2", auth_time=int(tx.now.timestamp()), id_token="")
        secret = await open_session(tx, PUBLIC, arrival, "")
    made.http.cookies.set(SESSION, secret)
    made.anchor, made.person = secret, person
    return made


class Case:
    """What an agency tells of a case of this person, as its message arrives at the portal."""

    def __init__(self, world: World, person: str, code: str | None = None) -> None:
        self.world, self.person, self.application = world, person, ids.new_id()
        self.unit = world.demo.units[0]
        self.code = code or f"H24.168-261121-{next(_cases)}"
        self.turn = 0

    async def told(self, state: str, due: date = date(2026, 12, 2)) -> None:
        self.turn += 1
        async with self.world.portal.write(system("test")) as tx:
            at = tx.now - timedelta(minutes=10) + timedelta(seconds=self.turn)
            procedure = self.world.procedure
            version = "2025-07-01"
            body = {
                "application": str(self.application), "person": self.person, "procedure": procedure, "version": version, "unit": self.unit,
                "state": state, "code": self.code, "due_on": due.isoformat(), "at": at.isoformat(), "received_at": at.isoformat(),
                "holder": None, "first": self.turn == 1,
            }  # fmt: skip
            agency = directory_of(self.world.desk.country).agency_of_unit(self.unit).code
            await follow_progress(tx, system("test"), Question(service="cases.progress", client=agency, provider="", purpose="settle", body=body))


async def due_now(world: World, person: str) -> None:
    """Instead of waiting for the next attempt."""
    await as_system(world, "UPDATE notices.delivery SET next_try_at = now() WHERE person = $1 AND state = 'waiting'", person)


async def as_system(world: World, sql: str, *values: Any) -> list[Any]:
    async with world.portal.pool.acquire() as connection, connection.transaction():
        await connection.execute("SET LOCAL ROLE dinh_system")
        return list(await connection.fetch(sql, *values))


async def deliveries(world: World, person: str) -> list[tuple[str, str, int, str | None]]:
    rows = await as_system(world, "SELECT channel, state, attempts, fault FROM notices.delivery WHERE person = $1 ORDER BY id", person)
    return [tuple(row) for row in rows]


async def stored(world: World) -> bytes:
    """Everything that the room keeps, as the database has it."""
    tables = ("notice", "contact", "proposal", "asked", "delivery")
    found = [await as_system(world, f"SELECT t::text FROM notices.{table} t") for table in tables]
    return "\n".join(row[0] for rows in found for row in rows).encode()


async def confirm_email(world: World, visitor: Visitor, office: PostOffice, address: str) -> None:
    """As its person does: type the address, read the code, type the code."""
    asked = await visitor.post("/notices/settings/email/code", {"email": address})
    assert asked.status_code == 200, asked.text
    await world.settle()
    code = CODE.findall(text_of(office.to(address)[-1]))[0]
    confirmed = await visitor.post("/notices/settings/email/confirm", {"email-code": code})
    assert confirmed.status_code == 200, confirmed.text
    await world.settle()
