"""Who had a case, from when to when."""

from datetime import datetime
from typing import Literal

import msgspec

Stage = Literal["acceptance", "handling", "applicant", "decision", "carrying_out"]


class Leg(msgspec.Struct, frozen=True):
    """`post` is empty where a case waits for nobody in particular; `until` while it lasts."""

    stage: Stage
    post: str
    since: datetime
    until: datetime | None = None
