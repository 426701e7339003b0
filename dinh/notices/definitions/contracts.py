"""What the country declares: which event becomes which notice, in which words, and how messages are written there."""

from collections.abc import Callable
from typing import Literal

import msgspec

from dinh.kernel.content import Text

Channel = Literal["email", "sms"]
Urgency = Literal["low", "normal", "high"]


class Definition(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One kind of notice. Of those that fit an event the first is made.

    `person` is the field of the event that names whom to tell. `shows` says which fields the words may use, and what each is: `plain`,
    `day`, or a kind that app can name, such as `procedure`. `new` and `changed` are one of them, and compare it with what the person was last
    told of the case: the notice is made only when it differs; `changed` wants also that something was told. A notice of low urgency is not counted in the header.
    """

    code: str
    event: str
    title: Text
    text: Text
    where: dict[str, str] = {}
    new: str = ""
    changed: str = ""
    person: str = "person"
    shows: dict[str, str] = {}
    link: str = ""
    channels: list[Channel] = []
    sms: Text = {}
    urgency: Urgency = "normal"
    keep_days: int = 365


class DefinitionFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    notices: list[Definition]


class PhonePlan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Numbers of this country: `country` and `trunk` are prefixes, `digits` the pattern of what follows them."""

    country: str
    trunk: str
    digits: str
    example: str


class SmsPlan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`unmarked`: letters lose their marks, so that a message keeps to the alphabet with 160 letters."""

    unmarked: bool = False


class ChannelPlan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    phone: PhonePlan
    sms: SmsPlan


class Namings(dict[str, Callable[[str], Text | None]]):
    """What a code is called, by kind of code. Plugged in by app, which knows the rooms that know."""


class Words(msgspec.Struct, frozen=True):
    """A notice in one language. `link` is a path of the portal, or empty."""

    title: str
    text: str
    sms: str
    link: str
