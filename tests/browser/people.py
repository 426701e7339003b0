"""Everyone who takes part in a journey, in a browser, and by hand for what the journey is not about."""

import re
import time

import httpx
from playwright.sync_api import Browser, BrowserContext, FilePayload, Page, StorageState

from dinh.kernel.web.visit import LANGUAGE
from tests.browser.site import Site
from tests.world import PDF, TOKEN

DESKTOP, PHONE = {"width": 1200, "height": 900}, {"width": 390, "height": 800}
BIRTH, UNIT = "1.001193", "11383"
CODE = re.compile(r"H24\.168-\d{6}-\d{4}")
PAPER = FilePayload(name="giay.pdf", mimeType="application/pdf", buffer=PDF)


def opened(browser: Browser, language: str, size: dict[str, int], *, script: bool = True, state: StorageState | None = None) -> BrowserContext:
    made = browser.new_context(locale=language, viewport=size, java_script_enabled=script, storage_state=state)  # type: ignore[arg-type]
    made.set_default_timeout(15_000)
    return made


class People:
    """Everyone who takes part, each in windows of their own: a role signs in once, and every window that it opens later has that session."""

    def __init__(self, browser: Browser, site: Site, kept: dict[str, StorageState]) -> None:
        self.site, self._browser, self._kept, self._open = site, browser, kept, list["BrowserContext | Hand"]()

    def stranger(self, language: str, size: dict[str, int], *, script: bool = True) -> Page:
        """Somebody who has not signed in."""
        return self._window(opened(self._browser, language, size, script=script))

    def window(self, role: str, language: str, size: dict[str, int], *, script: bool = True) -> Page:
        return self._window(opened(self._browser, language, size, script=script, state=self._session(role)))

    def _window(self, context: BrowserContext) -> Page:
        self._open.append(context)
        return context.new_page()

    def _session(self, role: str) -> StorageState:
        if role not in self._kept:
            page = self.stranger("vi-VN", DESKTOP)
            page.goto(self.site.start_of(role))
            self.site.sign_in(page, role)
            page.wait_for_url(self.site.start_of(role))
            state = page.context.storage_state()
            state["cookies"] = [each for each in state["cookies"] if each["name"] != LANGUAGE]  # each window has its own
            self._kept[role] = state
        return self._kept[role]

    def hand(self, role: str) -> "Hand":
        """What this journey is not about, done for it without a browser."""
        made = Hand(self.site, role, self._session(role))
        self._open.append(made)
        return made

    def close(self) -> None:
        for each in self._open:
            each.close()


class Hand:
    """A session's turns through HTTP. Names below localhost are the browser's own invention: the host goes into the header."""

    def __init__(self, site: Site, role: str, state: StorageState) -> None:
        host = site.start_of(role).split("/")[2]
        cookies = {each["name"]: each["value"] for each in state["cookies"] if each["domain"] == host.partition(":")[0]}
        self._site, self._start = site, "/" + site.start_of(role).rpartition("/")[2]
        self._http = httpx.Client(base_url=f"http://127.0.0.1:{site.port}", headers={"host": host}, cookies=cookies, timeout=30)
        self._token = TOKEN.findall(self._http.get(self._start).text)[0]

    def close(self) -> None:
        self._http.close()

    def post(self, path: str, values: dict[str, str] | None = None, *, field: str = "") -> str:
        """Where it led to. `field` takes a scanned paper."""
        files = {field: (PAPER["name"], PAPER["buffer"], PAPER["mimeType"])} if field else None
        answer = self._http.post(path, data={"_csrf": self._token, **(values or {})}, files=files)
        assert answer.status_code == 303, (path, answer.status_code, re.findall("error-message.*", answer.text))
        return str(answer.headers["location"])

    def get(self, path: str) -> bytes:
        return self._http.get(path).raise_for_status().content

    def file(self, name: str) -> str:
        """A birth that its mother reports on the portal; the case's code."""
        draft = self.post(f"/services/{BIRTH}/start")
        for page in ("relation", "you", "child", "father"):
            self.post(f"{draft}/{page}", birth_of(self._site, name))
        self.post(f"{draft}/where", {"unit": UNIT}, field="birth_notice")
        self.post(f"{draft}/review")
        for _ in range(100):
            if code := CODE.findall(self._http.get(draft).headers.get("location", "")):
                return str(code[0])
            time.sleep(0.1)
        raise AssertionError("the commune did not receive it")

    def enter(self, name: str) -> str:
        """A birth that the mother reports at the counter; the case's code. Answers come first: the form asks what follows from them."""
        intake = self.post("/desk/counter", {"procedure": BIRTH, "number": self._site.account("mother").username})
        self.post(intake, birth_of(self._site, name))
        slip = self.post(intake, {**birth_of(self._site, name), "do": "enter"}, field="birth_notice")
        return str(CODE.findall(slip)[0])

    def ready(self, name: str) -> str:
        """A case that waits for its decision; its code."""
        code = self.enter(name)
        self.post(f"/desk/{code}/check")
        self.post(f"/desk/{code}/propose", {"outcome": "approve", "note": "Đủ điều kiện"})
        return code


def birth_of(site: Site, name: str) -> dict[str, str]:
    """What a mother says of her child, by field; what a register knows of her is left out."""
    father = site.account("father")
    return {
        "relation": "mother", "married": "yes", "child_name": name, "child_sex": "female", "child_birth_date-day": "3", "child_birth_date-month": "11",
        "child_birth_date-year": "2026", "child_birth_place": "Bệnh viện Phụ sản Hải Phòng", "child_ethnicity": "Kinh",
        "child_nationality": "Việt Nam", "child_origin": "Hải Phòng", "father_name": father.name, "father_number": father.username,
    }  # fmt: skip
