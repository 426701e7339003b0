"""E-mail over SMTP (RFC 5321), one connection a letter, in a thread. The library is Python's own."""

import asyncio
import contextlib
import smtplib
import ssl
from email.charset import QP, Charset
from email.header import Header
from email.message import Message
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.policy import compat32
from email.utils import format_datetime, parseaddr
from urllib.parse import parse_qs, unquote, urlsplit

import msgspec

from dinh.notices.outbox import Attempt, Letter, NotSent

TIMEOUT_SECONDS = 20
LASTING = 500
# Enhanced status codes (RFC 3463) that speak of the address, not of the message.
ADDRESS_FAULTS = ("5.1.", "5.2.")
WIRE = compat32.clone(linesep="\r\n", max_line_length=998)
UTF8 = Charset("utf-8")
UTF8.body_encoding = QP
LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})


class Relay(msgspec.Struct, frozen=True):
    """Where letters are handed over: `tls` is `starttls`, `tls` from the first byte, or `none`; `ca` a file of other authorities."""

    host: str
    port: int
    tls: str
    user: str = ""
    password: str = ""
    ca: str | None = None


def relay(url: str) -> Relay:
    """From `smtp://user:password@host:port?tls=starttls|tls|none&ca=FILE`. Raises ValueError saying what was expected."""
    found = urlsplit(url)
    query = {name: values[-1] for name, values in parse_qs(found.query, keep_blank_values=True).items()}
    tls = query.pop("tls", "tls" if found.scheme == "smtps" else "starttls")
    ca = query.pop("ca", None)
    if found.scheme not in {"smtp", "smtps"} or not found.hostname or query or found.path.strip("/"):
        raise ValueError("expected smtp://user:password@host:port?tls=starttls")
    if tls not in {"starttls", "tls", "none"}:
        raise ValueError("expected tls=starttls, tls=tls or tls=none")
    if found.username and tls == "none" and found.hostname not in LOCAL:
        raise ValueError("expected TLS where a password is sent")
    port = found.port or {"starttls": 587, "tls": 465, "none": 25}[tls]
    return Relay(found.hostname, port, tls, unquote(found.username or ""), unquote(found.password or ""), ca)


class Smtp:
    """Says of every fault whether it is the message's, the address's, or one that passes."""

    def __init__(self, relay: Relay, sender: str, reply_to: str = "") -> None:
        name, address = parseaddr(sender)
        local, _, self.domain = address.rpartition("@")
        if not local or not self.domain or not address.isascii():
            raise ValueError("expected an address such as Public services <no-reply@example.org>")
        self.relay, self.address = relay, address
        self.sender = f"{_header(name)} <{address}>" if name else address
        self.reply_to = reply_to or address
        self._context = ssl.create_default_context(cafile=relay.ca) if relay.tls != "none" else None

    async def send(self, letter: Letter) -> None:
        await asyncio.to_thread(self._send, letter)

    def written(self, letter: Letter) -> Message:
        """The same letter has the same Message-ID and date however often it is sent, so that a server can drop a second copy.

        By the library's older classes: the newer ones of Python 3.11 lose a space where they break a subject with marks.
        """
        message = MIMEMultipart("alternative")
        message["From"], message["To"], message["Reply-To"] = self.sender, letter.to, self.reply_to
        message["Subject"] = _header(" ".join(letter.subject.split()))
        message["Date"], message["Message-ID"] = format_datetime(letter.made_at), f"<{letter.id}@{self.domain}>"
        message["Auto-Submitted"], message["Content-Language"] = "auto-generated", letter.language
        if letter.leave:
            message["List-Unsubscribe"], message["List-Unsubscribe-Post"] = f"<{letter.leave}>", "List-Unsubscribe=One-Click"
        message.attach(_body(letter.text, "plain"))
        message.attach(_body(letter.html, "html"))
        return message

    def _send(self, letter: Letter) -> None:
        message = self.written(letter)
        try:
            server = self._connect()
            try:
                self._hand_over(server, letter.to, message)
            finally:
                _part(server)
        except smtplib.SMTPResponseException as error:
            # Greeting, TLS, sign-in or our own address refused: nothing that the person's address could help.
            raise NotSent(Attempt("again", f"smtp_{error.smtp_code}")) from error
        except (smtplib.SMTPException, OSError) as error:
            raise NotSent(Attempt("again", f"smtp_{type(error).__name__}")) from error

    def _connect(self) -> smtplib.SMTP:
        relay, context = self.relay, self._context
        if relay.tls == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(relay.host, relay.port, timeout=TIMEOUT_SECONDS, context=context)
        else:
            server = smtplib.SMTP(relay.host, relay.port, timeout=TIMEOUT_SECONDS)
        try:
            if relay.tls == "starttls":
                server.starttls(context=context)
            if relay.user:
                server.login(relay.user, relay.password)
        except BaseException:
            server.close()
            raise
        return server

    def _hand_over(self, server: smtplib.SMTP, to: str, message: Message) -> None:
        server.ehlo_or_helo_if_needed()
        _expect(*server.mail(self.address))
        code, answer = server.rcpt(to)
        if code >= LASTING:
            raise NotSent(Attempt("bounced", f"smtp_{code}"))
        _expect(code, answer)
        code, answer = server.data(message.as_bytes(policy=WIRE))
        if code >= LASTING:
            bounced = answer.decode(errors="replace").startswith(ADDRESS_FAULTS)
            raise NotSent(Attempt("bounced" if bounced else "refused", f"smtp_{code}"))
        _expect(code, answer)


def _header(text: str) -> str:
    """As encoded words (RFC 2047) where it is not plain ASCII; then in words short enough for any server."""
    return text if text.isascii() and text.isprintable() else Header(text, "utf-8", header_name="Subject").encode(linesep="\n")


def _body(text: str, kind: str) -> MIMEText:
    return MIMEText(text, kind, _charset=UTF8)  # type: ignore[arg-type]  # the library takes a Charset; its types know names only


def _part(server: smtplib.SMTP) -> None:
    """A server that says goodbye badly has the letter all the same: to send it again would be a second one."""
    with contextlib.suppress(smtplib.SMTPException, OSError):
        server.quit()
    server.close()


def _expect(code: int, answer: bytes) -> None:
    if not 200 <= code < 300:  # noqa: PLR2004 - SMTP's class of yes
        raise smtplib.SMTPResponseException(code, answer)
