"""A running installation and a real browser."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, StorageState, sync_playwright

from tests import validator as nu
from tests.browser.inspector import Inspector
from tests.browser.people import People
from tests.browser.site import Site, running
from tests.flows.post import PostOffice

CHROMIUM = "/usr/bin/chromium"


@pytest.fixture(scope="session")
def office() -> Iterator[PostOffice]:
    """The mail server that the site sends to."""
    made = PostOffice().open()
    yield made
    made.close()


@pytest.fixture(scope="session")
def site(office: PostOffice) -> Iterator[Site]:
    with running(office) as found:
        yield found


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


@pytest.fixture(scope="session")
def sessions() -> dict[str, StorageState]:
    """Cookies by role, of those who have signed in."""
    return {}


@pytest.fixture
def people(browser: Browser, site: Site, sessions: dict[str, StorageState]) -> Iterator[People]:
    made = People(browser, site, sessions)
    yield made
    made.close()
