"""HTML by Jinja, escaped always. A room's templates are `room/name.html`; the layout and the macros are the kernel's."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, PrefixLoader, StrictUndefined

from dinh.kernel import languages
from dinh.kernel.web.assets import Assets
from dinh.kernel.web.menu import Menu

if TYPE_CHECKING:
    from dinh.kernel.web.visit import Visit


# HTML has none of these. A draft keeps what was typed, also what no name may hold, and shows that something was there.
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class Templates:
    """One environment for a process; templates compile once, at start."""

    def __init__(self, rooms: dict[str, Path], assets: Assets) -> None:
        own: dict[str, Any] = {room: FileSystemLoader(folder) for room, folder in rooms.items()}
        self._assets = assets
        self._environment = Environment(
            loader=PrefixLoader(own), autoescape=True, auto_reload=False, trim_blocks=True, lstrip_blocks=True,
            undefined=StrictUndefined,
        )  # fmt: skip

    def names(self) -> list[str]:
        return self._environment.list_templates()

    def compile(self) -> None:
        """At start, so that no visitor waits for it."""
        for name in self.names():
            self._environment.get_template(name)

    def render(self, name: str, visit: "Visit", context: dict[str, Any]) -> str:
        speaker, menu = visit.speaker, visit.node.part(Menu)
        html = self._environment.get_template(name).render(
            {
                "t": speaker.say, "say": speaker, "visit": visit, "who": visit.who, "node": visit.node, "lang": speaker.language,
                "csrf": visit.csrf_token(), "asset": self._assets.url, "own_name": lambda code: languages.of(code).own_name,
                "brand": menu.brand, "menu": menu.shown_to(visit.who), "footer": menu.footer, **context,
            }
        )  # fmt: skip
        return CONTROL.sub("\N{REPLACEMENT CHARACTER}", html)
