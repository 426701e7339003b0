"""Entries of the log in plain words."""

from datetime import date

from dinh.exchange.accesslog import Entry, Withheld, name_of
from dinh.exchange.members import declared, membership_of
from dinh.exchange.mydata.plugs import Views
from dinh.kernel.errors import NotFound
from dinh.kernel.node import Node
from dinh.kernel.texts import Speaker
from dinh.offices import directory_of, post_title


class Wording:
    """What this node does not know keeps its code: an entry is never left out for want of a word."""

    def __init__(self, node: Node, speaker: Speaker) -> None:
        self._country, self._speaker = node.country, speaker
        self._views = node.part(Views)
        membership = membership_of(node)
        configuration, self._members = membership.configuration, membership.members
        self._services = {name_of(one.provider, one.subsystem, one.code): one for one in configuration.services}
        self._refs = {right.basis: right.ref for each in self._services.values() for right in each.rights}

    def agency(self, code: str) -> str:
        """Also one that joined the exchange and that the country's files do not name."""
        found = directory_of(self._country).agencies.get(code) or self._members.get(code)
        return self._speaker.pick(found.name) if found else code

    def who(self, entry: Entry) -> str:
        """Post and agency, as they were called that day."""
        if not entry.agency:
            return self._speaker.say("exchange.not_named")
        if self.by_link(entry):
            return self._speaker.say("exchange.by_link")
        view = self._views.get(entry.what)
        if view and view.by:
            return self._speaker.say(view.by)
        post = self.post(entry)
        return f"{post}, {self.agency(entry.agency)}" if post else self.agency(entry.agency)

    def post(self, entry: Entry) -> str:
        if not entry.post or entry.post.startswith("system"):
            return ""
        try:
            return self._speaker.pick(post_title(self._country, entry.post, self.day(entry)))
        except NotFound:
            return entry.post

    def day(self, entry: Entry) -> date:
        return self._country.local_date(entry.at)

    def what(self, entry: Entry) -> str:
        if entry.what in self._services:
            return self._speaker.pick(self._services[entry.what].title)
        view = self._views.get(entry.what)
        return self._speaker.say(view.text if view else "exchange.what_case")

    def purpose(self, code: str, what: str) -> str:
        """As the right calls it that was used, or any right of that name."""
        if what in self._views:
            return self._speaker.say(self._views[what].purpose)
        services = [self._services[what]] if what in self._services else list(self._services.values())
        return next((self._speaker.pick(right.title) for each in services for right in each.rights if right.purpose == code), code)

    def unverified(self, entry: Entry) -> bool:
        view = self._views.get(entry.what)
        return (view.ref if view else self._refs.get(entry.legal_basis)) == "unverified"

    def withheld(self, found: Withheld) -> str:
        """Why it is shown only now."""
        policy = declared(self._country).policy.embargo
        titles = {one.code: self._speaker.pick(one.title) for one in policy.reasons} if policy else {}
        since = self._speaker.long_date(self._country.local_date(found.until))
        authority = self.agency(found.authority)
        return self._speaker.say(
            "exchange.withheld", day=since, order=found.order, authority=authority, reason=titles.get(found.reason, found.reason)
        )

    def by_link(self, entry: Entry) -> bool:
        view = self._views.get(entry.what)
        return bool(view and view.by_link)
