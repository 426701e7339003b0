"""A person with a keyboard and nothing else."""

from playwright.sync_api import Page

MANY = 80  # stops of the tab key on one page
# What shows where the focus is: an outline or a shadow of the element, or of the shape that stands for a box or a circle.
SHOWN = """() => {
  const at = document.activeElement, box = at.getClientRects()[0]
  if (at === document.body) return ''
  const clear = (colour) => colour === 'transparent' || /, 0\\)$/.test(colour)
  const drawn = (style) => (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0 && !clear(style.outlineColor)) || style.boxShadow !== 'none'
  const styles = [getComputedStyle(at), ...(at.matches('[type=radio], [type=checkbox]') ? [...at.labels].map(label => getComputedStyle(label, '::before')) : [])]
  if (!styles.some(drawn)) return 'nothing shows the focus on ' + at.outerHTML.slice(0, 200)
  const middle = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2)
  const owners = [at, ...(at.labels || [])]
  return middle && owners.some(owner => owner.contains(middle)) ? '' : 'the focus is out of sight on ' + at.outerHTML.slice(0, 200)
}"""


class Keys:
    """Every stop on the way must show that the focus is there, and must be in sight."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def press(self, key: str) -> None:
        self.page.keyboard.press(key)

    def enter(self, key: str = "Enter") -> None:
        """A key that leads to another page."""
        with self.page.expect_navigation():
            self.press(key)

    def skip(self) -> None:
        """Past the head of the page, by its first link."""
        self.press("Tab")
        assert self.page.evaluate("document.activeElement.getAttribute('href')") == "#main"
        self._is_shown()
        self.press("Enter")

    def to(self, selector: str, key: str = "Tab") -> None:
        for _ in range(MANY):
            self.press(key)
            self._is_shown()
            if self.page.evaluate("selector => document.activeElement.matches(selector)", selector):
                return
        raise AssertionError(f"{key} does not lead to {selector} on {self.page.url}")

    def write(self, selector: str, text: str) -> None:
        self.to(selector)
        self.page.keyboard.type(text)

    def mark(self, selector: str) -> None:
        """A box, or the first circle of a question."""
        self.to(selector)
        self.press("Space")
        assert self.page.is_checked(selector)

    def follow(self, selector: str) -> None:
        """A link, or a button that sends a form."""
        self.to(selector)
        self.enter()

    def _is_shown(self) -> None:
        fault = self.page.evaluate(SHOWN)
        assert not fault, fault
