"""The whole program on a port of its own, as its users meet it."""

import os
import shutil
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
from playwright.sync_api import Page

from bench.stack import free_port
from dinh.app.demo import DemoAccount
from tests.flows.post import SENDER, PostOffice
from tests.world import MEMORY

STEP_SECONDS = 30
TYPING_SECONDS = 12  # a code must still be good when the server reads it
CITIZENS = ("mother", "father")


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

    def start_of(self, role: str) -> str:
        """Where someone of this role begins."""
        return f"{self.portal}/applications" if role in CITIZENS else self.desk()

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
