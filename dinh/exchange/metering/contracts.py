"""Lines of the meter, and what a call finds there."""

from datetime import date

import msgspec

from dinh.kernel.errors import TooMany


class Line(msgspec.Struct, frozen=True, order=True):
    """What is counted together. Subsystems by their names, also the platform's own."""

    client: str
    client_subsystem: str
    provider: str
    provider_subsystem: str
    service: str
    purpose: str


class Use(msgspec.Struct, frozen=True, order=True):
    """`day` on the country's calendar."""

    day: date
    line: Line


class Amount(msgspec.Struct):
    """`calls` were served under their right, whatever came of it: also a name that was not found. `refused` came beyond the limit. Bytes of messages and bodies."""

    calls: int = 0
    refused: int = 0
    bytes_in: int = 0
    bytes_out: int = 0


class Admitted(msgspec.Struct, frozen=True):
    """One call's place on its line. With a `refusal` it is not served. `headers` tell the client what is left, where there is a limit."""

    use: Use
    refusal: TooMany | None = None
    headers: tuple[tuple[str, str], ...] = ()
