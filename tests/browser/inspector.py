"""What must be true of every page that a journey meets."""

import os
import urllib.error
import urllib.request
from pathlib import Path
from typing import ClassVar
from urllib.parse import urlsplit

from playwright.sync_api import Page, Response

from tests import validator as nu

AXE, SNIFFER = (Path(__file__).parent / name for name in ("axe.min.js", "htmlcs.min.js"))


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
        """For eyes as well: with DINH_SHOTS, a folder, each page leaves its picture there."""
        if folder := os.environ.get("DINH_SHOTS"):
            width = self.page.evaluate("innerWidth")
            self.page.screenshot(path=Path(folder) / f"{len(self.seen):02d}-{name.replace('/', '-')}-{width}.png", full_page=True)
        faults = [*self._axe(), *self._sniffed(), *self._invalid()]
        assert not faults, (name, faults)
        overflow = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert overflow <= 0, f"{name}: scrolls sideways by {overflow} px"
        assert self.page.evaluate("navigator.language.startsWith(document.documentElement.lang)"), f"{name}: in another language"
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
