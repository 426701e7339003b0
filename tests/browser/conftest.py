"""A running installation and a real browser."""

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pyotp
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from dinh.app.demo import DemoAccount
from tests.flows.post import SENDER, PostOffice
from tests.world import MEMORY

CHROMIUM = "/usr/bin/chromium"
AXE = Path(__file__).parent / "axe.min.js"
STEP_SECONDS = 30


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
        now = int(time.time()) // STEP_SECONDS
        step = max(now - 1, self._used.get(account.username, 0) + 1)
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
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
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


class Inspector:
    """Looks at each page as axe does, and at what must be true of every page."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.seen: list[str] = []

    def look(self, name: str) -> None:
        self.page.evaluate(AXE.read_text())
        found = self.page.evaluate(
            "async () => (await axe.run(document, {runOnly: ['wcag2a','wcag2aa','wcag21aa','wcag22aa','best-practice']})).violations"
            ".map(v => v.id + ': ' + v.nodes.map(n => n.target).join(' | '))"
        )
        assert not found, (name, found)
        overflow = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert overflow <= 0, f"{name}: scrolls sideways by {overflow} px"
        language = self.page.evaluate("document.documentElement.lang")
        assert re.fullmatch("vi|en", language)
        self.seen.append(name)
