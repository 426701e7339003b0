"""Messages leave by a real mail server and a real SMS gateway: they are down, slow, refuse and talk nonsense."""

import asyncio
import datetime as dt
import ssl
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from dinh import notices
from dinh.kernel import ids
from dinh.notices import Attempt, HttpSms, Letter, NotSent, Senders, Smtp, relay, send
from tests.flows.post import CODE, OPEN, SENDER, TITLE, Case, Gateway, PostOffice, as_system, confirm_email, deliveries, due_now, reader
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")


# Faults of others


async def test_a_server_that_is_down_loses_nothing_and_each_letter_comes_once(world: World, office: PostOffice) -> None:
    someone, address = await reader(world), "patient@mail.example"
    await confirm_email(world, someone, office, address)
    office.close()
    cases = [Case(world, someone.person) for _ in range(3)]
    for case in cases:
        await case.told("received")
    await world.settle()
    assert await deliveries(world, someone.person) == [
        ("email", "sent", 1, None), *[("email", "waiting", 1, "smtp_ConnectionRefusedError")] * 3
    ]  # fmt: skip
    assert await send(world.portal) == 0, "it waits before it tries again"
    office.open()
    await due_now(world, someone.person)
    await world.settle()
    await world.settle()
    arrived = [letter["subject"] for letter in office.to(address)[1:]]
    assert sorted(arrived) == sorted(f"Hồ sơ {case.code} đã được tiếp nhận" for case in cases)


async def test_a_worker_that_dies_between_sending_and_noting_sends_the_same_letter_again(world: World, office: PostOffice) -> None:
    someone, address = await reader(world), "twice@mail.example"
    await confirm_email(world, someone, office, address)
    await Case(world, someone.person).told("received")
    before, real = world.portal.part(Senders), office.mailer

    class Dying:
        async def send(self, letter: Letter) -> None:
            await real.send(letter)
            raise asyncio.CancelledError

    world.portal.plug(Senders, Senders(Dying()))
    try:
        with pytest.raises(asyncio.CancelledError):
            await world.settle()
    finally:
        world.portal.plug(Senders, before)
    assert await send(world.portal) == 0, "its lease still holds"
    await due_now(world, someone.person)
    await world.settle()
    copies = office.to(address)[1:]
    assert len(copies) == 2
    assert copies[0]["message-id"] == copies[1]["message-id"]
    assert copies[0]["date"] == copies[1]["date"]
    assert (await deliveries(world, someone.person))[-1] == ("email", "sent", 2, None)


@pytest.mark.parametrize(
    ("place", "answer"), [("refuse", "550 5.1.1 no such user"), ("refuse_data", "552 5.2.2 mailbox full")], ids=["recipient", "letter"]
)
async def test_a_bouncing_address_is_written_to_no_more_and_its_person_is_told(world: World, office: PostOffice, place: str, answer: str) -> None:
    someone, address = await reader(world), f"{place}@mail.example"
    await confirm_email(world, someone, office, address)
    getattr(office, place)[address] = answer
    await Case(world, someone.person).told("received")
    await Case(world, someone.person).told("received")
    await world.settle()
    await world.settle()
    page = (await someone.get("/notices")).text
    assert TITLE.findall(page).count("Địa chỉ e-mail của bạn không nhận được thư") == 1
    assert "Nơi này báo rằng không nhận được tin" in (await someone.get("/notices/settings")).text
    assert {state for _, state, _, _ in await deliveries(world, someone.person)} <= {"sent", "given_up", "cancelled"}
    await Case(world, someone.person).told("received")
    await world.settle()
    assert len(await deliveries(world, someone.person)) == 3
    del getattr(office, place)[address]
    await confirm_email(world, someone, office, address)
    assert "Thông báo về hồ sơ được gửi đến đây" in (await someone.get("/notices/settings")).text


async def test_a_code_that_bounces_is_told_on_the_page(world: World, office: PostOffice) -> None:
    someone = await reader(world)
    office.refuse["typo@mail.example"] = "550 5.1.1 no such user"
    await someone.post("/notices/settings/email/code", {"email": "typo@mail.example"})
    await world.settle()
    assert "Địa chỉ này không nhận được tin" in (await someone.get("/notices/settings")).text


async def test_a_busy_server_is_asked_again_and_a_refused_letter_blames_no_address(world: World, office: PostOffice) -> None:
    someone, address = await reader(world), "grey@mail.example"
    await confirm_email(world, someone, office, address)
    office.refuse[address] = "450 4.2.0 greylisted"
    await Case(world, someone.person).told("received")
    await world.settle()
    assert (await deliveries(world, someone.person))[-1] == ("email", "waiting", 1, "smtp_450")
    del office.refuse[address]
    office.refuse_data[address] = "554 5.7.1 looks like spam"
    await due_now(world, someone.person)
    await world.settle()
    assert (await deliveries(world, someone.person))[-1] == ("email", "given_up", 2, "smtp_554")
    assert "Thông báo về hồ sơ được gửi đến đây" in (await someone.get("/notices/settings")).text


def _certificate(folder: Path) -> tuple[Path, ssl.SSLContext]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1).not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1)).add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True).sign(key, hashes.SHA256())
    )  # fmt: skip
    both = folder / "server.pem"
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    both.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(both)
    return both, context


def _login(_server: Any, _session: Any, _envelope: Any, mechanism: str, data: Any) -> AuthResult:
    good = isinstance(data, LoginPassword) and (data.login, data.password) == (b"portal", b"p@ss/word")
    return AuthResult(success=good and mechanism in {"LOGIN", "PLAIN"}, handled=False)


async def test_tls_and_sign_in_are_used_and_a_stranger_in_the_middle_gets_nothing(tmp_path: Path) -> None:
    authority, context = _certificate(tmp_path)
    office = PostOffice(tls_context=context, require_starttls=True, auth_required=True, authenticator=_login).open()
    letter = Letter(
        id=ids.new_id(), to="a@b.example", language="vi", subject="Chào", text="Xin chào\n", html="<p>Xin chào</p>", made_at=dt.datetime.now(dt.UTC)
    )
    try:
        trusted = f"smtp://portal:p%40ss%2Fword@localhost:{office.port}?tls=starttls&ca={authority}"
        await Smtp(relay(trusted), SENDER).send(letter)
        assert [one["subject"] for one in office.letters] == ["Chào"]
        for wrong in (
            f"smtp://portal:p%40ss%2Fword@localhost:{office.port}", trusted.replace("word", "wrong"), f"smtp://localhost:{office.port}?tls=none",
        ):  # fmt: skip
            with pytest.raises(NotSent) as fault:
                await Smtp(relay(wrong), SENDER).send(letter)
            assert fault.value.attempt.outcome == "again", "our own fault is no fault of the address"
        assert len(office.letters) == 1
    finally:
        office.close()


# SMS


async def test_an_sms_code_confirms_a_number_and_cases_are_told_without_marks(world: World, gateway: Gateway) -> None:
    someone = await reader(world)
    await someone.post("/notices/settings/sms/code", {"sms": "0912 345 678"})
    await world.settle()
    first = gateway.to("+84912345678")[0]
    assert (first["bearer"], first["encoding"], first["segments"]) == ("secret-token", "gsm7", 1)
    await someone.post("/notices/settings/sms/confirm", {"sms-code": CODE.findall(first["text"])[0]})
    case = Case(world, someone.person)
    await case.told("received")
    gateway.answers += [503]
    await world.settle()
    assert (await deliveries(world, someone.person))[-1] == ("sms", "waiting", 1, "http_503")
    await due_now(world, someone.person)
    await world.settle()
    told = gateway.to("+84912345678")[1:]
    assert [message["text"] for message in told] == [f"Ho so {case.code} da duoc tiep nhan. Hen tra ket qua thu Tu, 02/12/2026."]
    assert told[0]["key"] != first["key"]
    gateway.answers += [422]
    await Case(world, someone.person).told("received")
    await world.settle()
    assert (await deliveries(world, someone.person))[-1] == ("sms", "given_up", 1, "http_422")
    gateway.answers += [410]
    await Case(world, someone.person).told("received")
    await world.settle()
    await world.settle()
    assert "Số điện thoại của bạn không nhận được tin nhắn" in TITLE.findall((await someone.get("/notices")).text)
    assert "Nơi này báo rằng không nhận được tin" in (await someone.get("/notices/settings")).text


async def test_a_gateway_that_is_slow_or_talks_nonsense_does_no_harm() -> None:
    async def nonsense(reader_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader_.readuntil(b"\r\n\r\n")
        writer.write(b"SSH-2.0-nonsense\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(nonsense, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    with pytest.raises(NotSent) as fault:
        await HttpSms(f"http://127.0.0.1:{port}/", "").send("+84912345678", "x", "k")
    assert fault.value.attempt.outcome == "again"
    server.close()
    with pytest.raises(NotSent) as down:
        await HttpSms(f"http://127.0.0.1:{port}/", "").send("+84912345678", "x", "k")
    assert down.value.attempt == Attempt("again", "http_ConnectError")


# Keeping


async def test_what_need_not_be_kept_goes(world: World) -> None:
    someone = await reader(world)
    await Case(world, someone.person).told("received")
    await Case(world, someone.person).told("received")
    await world.settle()
    sql = "UPDATE notices.notice SET keep_until = now() - interval '1 second' WHERE id = (SELECT id FROM notices.notice WHERE person = $1 LIMIT 1)"
    await as_system(world, sql, someone.person)
    assert await notices.forget(world.portal) >= 1
    assert len(OPEN.findall((await someone.get("/notices")).text)) == 1
