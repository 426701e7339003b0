"""A running installation and a real browser."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar
from urllib.parse import urlsplit

import msgspec
import pyotp
import pytest
from playwright.sync_api import Browser, Page, Response, sync_playwright

from bench.stack import free_port
from dinh.app.demo import DemoAccount
from tests import validator as nu
from tests.flows.post import SENDER, PostOffice
from tests.world import MEMORY

CHROMIUM = "/usr/bin/chromium"
AXE, SNIFFER = (Path(__file__).parent / name for name in ("axe.min.js", "htmlcs.min.js"))
STEP_SECONDS = 30
TYPING_SECONDS = 12  # a code must still be good when the server reads it


class Site:
    def __init__(self, home: Path, port: int, office: PostOffice) -> None:
        self.home, self.port, self.office = home, port, office
        self.accounts = msgspec.json.decode((home / "demo-accounts.json").read_bytes(), type=list[DemoAccount])
        self._used: dict[str, int] = {}

    @property
    def portal(self) -> str:
        return f"http://localhost:{self.port}"

    def desk(self, path: str = "/desk") -> str:
        return f"http://haiphong.localhost:{self.port}{path}"

    def account(self, role: str) -> DemoAccount:
        return next(account for account in self.accounts if account.role == role)

    def code(self, account: DemoAccount) -> str:
        """A code that was not used yet: at worst the phone's next one is waited for. The server takes the neighbouring steps too."""
        oldest = int(time.time() + TYPING_SECONDS) // STEP_SECONDS - 1
        step = max(oldest, self._used.get(account.username, 0) + 1)
        while step > int(time.time()) // STEP_SECONDS + 1:
            time.sleep(0.5)
        self._used[account.username] = step
        return pyotp.TOTP(account.totp_secret).generate_otp(step)

    def sign_in(self, page: Page, role: str) -> None:
        account = self.account(role)
        page.fill("#number", account.username)
        page.fill("#password", account.password)
        page.click("main form button")
        page.fill("#code", self.code(account))
        page.click("main form button")


@pytest.fixture(scope="session")
def office() -> Iterator[PostOffice]:
    """The mail server that the site sends to."""
    made = PostOffice().open()
    yield made
    made.close()


@contextmanager
def running(office: PostOffice, **more: str) -> Iterator[Site]:
    """The whole program on a port of its own; `more` are settings from the environment."""
    home = Path(tempfile.mkdtemp(prefix="dinh-browser-", dir=MEMORY))
    home.chmod(0o755)
    port = free_port()
    environment = {**os.environ, "DINH_HOME": str(home), "DINH_PORT": str(port), "DINH_PERSONS": "1500", "DINH_LOG_LEVEL": "error", **more}
    environment |= {"DINH_SMTP_URL": f"smtp://127.0.0.1:{office.port}?tls=none", "DINH_MAIL_FROM": SENDER}
    log = home / "run.log"
    with log.open("wb") as stream:
        process = subprocess.Popen([sys.executable, "-m", "dinh", "run"], env=environment, stderr=stream)
    try:
        _wait(process, port, log)
        yield Site(home, port, office)
    finally:
        process.terminate()
        process.wait(timeout=60)
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def site(office: PostOffice) -> Iterator[Site]:
    with running(office) as found:
        yield found


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    for _ in range(600):
        if process.poll() is not None:
            raise RuntimeError(log.read_text())
        try:
            with urllib.request.urlopen(f"http://localhost:{port}/healthz", timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if not Path(CHROMIUM).exists():
        pytest.skip("no Chromium: make tools installs it")
    with sync_playwright() as play:
        made = play.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
        )
        yield made
        made.close()


@pytest.fixture(scope="session", autouse=True)
def validator() -> Iterator[None]:
    """The HTML checker that every inspector asks."""
    if not nu.available():
        assert os.environ.get("CI") != "true", "make tools installs Java"
        yield
        return
    Inspector.validator = nu.Validator()
    yield
    Inspector.validator.close()


class Inspector:
    """Looks at each page as axe, pa11y and the HTML checker do, and at what must be true of every page."""

    validator: ClassVar[nu.Validator | None] = None

    def __init__(self, page: Page) -> None:
        self.page = page
        self.seen: list[str] = []
        self._answer: Response | None = None
        page.on("response", self._note)

    def _note(self, answer: Response) -> None:
        """The page as it was served: what stands in the browser has been put right and changed."""
        if answer.request.is_navigation_request() and answer.frame == self.page.main_frame:
            self._answer = answer

    def look(self, name: str) -> None:
        faults = [*self._axe(), *self._sniffed(), *self._invalid()]
        assert not faults, (name, faults)
        overflow = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert overflow <= 0, f"{name}: scrolls sideways by {overflow} px"
        language = self.page.evaluate("document.documentElement.lang")
        assert re.fullmatch("vi|en", language)
        self.seen.append(name)

    def _axe(self) -> list[str]:
        self.page.evaluate(AXE.read_text())
        found: list[str] = self.page.evaluate(
            "async () => (await axe.run(document, {runOnly: ['wcag2a','wcag2aa','wcag21aa','wcag22aa','best-practice']})).violations"
            ".map(v => v.id + ': ' + v.nodes.map(n => n.target).join(' | '))"
        )
        return found

    def _sniffed(self) -> list[str]:
        """Errors of WCAG2AA, as pa11y asks for them; its warnings and notices are for a person to judge."""
        self.page.evaluate(SNIFFER.read_text())
        found: list[str] = self.page.evaluate(
            "() => new Promise(done => HTMLCS.process('WCAG2AA', document, () => done(HTMLCS.getMessages().filter(m => m.type === HTMLCS.ERROR)"
            ".map(m => m.code + ': ' + m.msg + ' ' + (m.element.outerHTML || '').slice(0, 120)))))"
        )
        return found

    def _invalid(self) -> list[str]:
        if not self.validator:
            return []
        if self._answer and self._answer.url.partition("#")[0] == self.page.url.partition("#")[0]:
            return self.validator.faults(self._answer.body())
        return self.validator.faults(self._asked_again())

    def _asked_again(self) -> bytes:
        """The inspector came after the page. Names below localhost are the browser's own invention: the host goes into the header."""
        url = urlsplit(self.page.url)
        cookies = "; ".join(f"{each['name']}={each['value']}" for each in self.page.context.cookies(self.page.url))
        headers = {"Host": url.netloc, "Cookie": cookies, "Accept-Language": self.page.evaluate("navigator.language")}
        request = urllib.request.Request(url._replace(netloc=f"127.0.0.1:{url.port}").geturl(), headers=headers)  # noqa: S310 - our own address
        try:
            with urllib.request.urlopen(request, timeout=15) as answer:  # noqa: S310 - our own address
                return bytes(answer.read())
        except urllib.error.HTTPError as error:
            return error.read()
