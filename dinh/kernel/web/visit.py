"""One request: which node, who, in which language; and the ways to answer it."""

import contextlib
import hmac
import ipaddress
from typing import Any
from urllib.parse import urlsplit

import msgspec
from litestar import MediaType, Request, Response
from litestar.datastructures import Cookie
from litestar.response import Redirect

from dinh.kernel import keys
from dinh.kernel.caller import PUBLIC, Caller
from dinh.kernel.node import Node
from dinh.kernel.sessions import Duties, Sessions
from dinh.kernel.texts import Speaker, Texts
from dinh.kernel.web.bodies import Form
from dinh.kernel.web.templates import Templates

SESSION = "dinh_session"
VISITOR = "dinh_visitor"
LANGUAGE = "dinh_lang"


class Visit(Request[Any, Any, Any]):
    @property
    def node(self) -> Node:
        return self.app.state.node  # type: ignore[no-any-return]

    @property
    def who(self) -> Caller:
        """Known once the route's guard has run."""
        return self.scope["state"].get("who", PUBLIC)  # type: ignore[no-any-return]

    @property
    def posted(self) -> Form:
        """The posted form. Its guard has checked that it comes from our own page."""
        return self.scope["state"]["form"]  # type: ignore[no-any-return]

    @property
    def counts(self) -> dict[str, int]:
        """What waits behind an item of the header, by its path; items without a number are left out."""
        return self.scope["state"].get("counts", {})  # type: ignore[no-any-return]

    @property
    def head(self) -> bool:
        """HEAD is answered by GET's handler, and the server drops the body: what counts or records an opening asks here first."""
        return self.scope["state"].get("head", False)  # type: ignore[no-any-return]

    @property
    def trace(self) -> str:
        return self.scope["state"].get("trace", "")  # type: ignore[no-any-return]

    @property
    def address(self) -> str:
        """Of who asks: for limits, and for telling readers apart; never a proof of anything. Empty where the server does not know."""
        connected = self.client.host if self.client else ""
        return asker(connected, ",".join(self.headers.getall("x-forwarded-for", [])), self.node.settings.own_proxies)

    async def identify(self) -> Caller:
        """Read the session once a request."""
        state = self.scope["state"]
        if "who" not in state:
            secret = self.cookies.get(cookie_name(self.node, SESSION))
            who = await self.node.part(Sessions).caller(self.node, secret) if secret else PUBLIC
            state["who"] = replace_trace(who, self.trace)
        return state["who"]  # type: ignore[no-any-return]

    async def identify_entrusted(self) -> Caller:
        """As `identify`, with the duties that this node entrusts the person with, read afresh."""
        who = await self.identify()
        if who.person:
            extra = await self.node.part(Duties).of(self.node, who.person)
            who = self.scope["state"]["who"] = msgspec.structs.replace(who, duties=(*who.duties, *extra))
        return who

    @property
    def language(self) -> str:
        """`?lang=`, then the cookie, then the browser, then the country's first."""
        known = self.node.country.languages
        for wish in (self.query_params.get("lang"), self.cookies.get(LANGUAGE), *_accepted(self.headers.get("accept-language", ""))):
            if wish in known:
                return str(wish)
        return known[0]

    @property
    def speaker(self) -> Speaker:
        return self.node.part(Texts).speaker(self.language)

    def csrf_token(self) -> str:
        """Bound to the session, or to the visitor's cookie before sign-in."""
        return csrf_of(self.node, self._anchor())

    def _anchor(self) -> str:
        return self.cookies.get(cookie_name(self.node, SESSION)) or self.cookies.get(VISITOR) or self.scope["state"].get("visitor", "")

    def comes_from_us(self, token: str) -> bool:
        """The form's token is right, and no header says that another site sent it."""
        site, origin = self.headers.get("sec-fetch-site"), self.headers.get("origin")
        if site not in {None, "same-origin", "none"}:
            return False
        if origin and origin != "null" and urlsplit(origin).netloc != self.headers.get("host"):
            return False
        anchor = self._anchor()
        return bool(anchor) and hmac.compare_digest(token.encode(), csrf_of(self.node, anchor).encode())

    def page(self, template: str, *, status: int = 200, **context: Any) -> Response[str]:
        html = self.node.part(Templates).render(template, self, context)
        return Response(html, media_type=MediaType.HTML, status_code=status, cookies=self._new_cookies())

    def _new_cookies(self) -> list[Cookie]:
        wish = self.query_params.get("lang")
        cookies = []
        if wish in self.node.country.languages:
            cookies.append(self.cookie(LANGUAGE, wish, seconds=365 * 86400))
        if "visitor" in self.scope["state"]:
            cookies.append(self.cookie(VISITOR, self.scope["state"]["visitor"], seconds=86400))
        return cookies

    def cookie(self, name: str, value: str, *, seconds: int | None) -> Cookie:
        secure = self.node.settings.public_scheme == "https"
        return Cookie(key=name, value=value, path="/", httponly=True, secure=secure, samesite="lax", max_age=seconds)

    def go(self, path: str, cookies: list[Cookie] | None = None) -> Redirect:
        """303: the next page, by GET."""
        return Redirect(path, status_code=303, cookies=cookies)


def local_path(target: str) -> str:
    """Only a path of our own host; anything else becomes the front page."""
    ours = target.startswith("/") and not target.startswith("//") and "\\" not in target and target.isprintable()
    return target if ours else "/"


def cookie_name(node: Node, name: str) -> str:
    """`__Host-` pins a cookie to its host, and needs https."""
    return f"__Host-{name}" if node.settings.public_scheme == "https" else name


def asker(connected: str, forwarded: str, proxies: frozenset[str]) -> str:
    """Read from the end, where each proxy of ours has written who came to it: what stands before the first stranger anyone can have written."""
    found = connected
    for said in reversed(forwarded.split(",")):
        if found not in proxies:
            break
        try:
            found = str(ipaddress.ip_address(said.strip()))
        except ValueError:
            break
    return found


def csrf_of(node: Node, anchor: str) -> str:
    return keys.pseudonym(node, "form", anchor).hex()


def replace_trace(who: Caller, trace: str) -> Caller:
    return msgspec.structs.replace(who, trace=trace)


def _accepted(header: str) -> list[str]:
    wishes = []
    for part in header.split(","):
        tag, _, weight = part.strip().partition(";q=")
        quality = 1.0
        with contextlib.suppress(ValueError):
            quality = float(weight or 1)
        wishes.append((-quality, tag.split("-")[0].lower()))
    return [tag for _, tag in sorted(wishes, key=lambda wish: wish[0])]
