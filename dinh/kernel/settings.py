"""What the operator decides: read once from `DINH_*` environment variables and from `settings.env` in DINH_HOME, never from code."""

import ipaddress
import os
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

import msgspec

ROOT = Path(__file__).resolve().parents[2]


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """One process's settings. `home` holds run-time data; `content` holds the countries' files;
    `backups` is where an upgrade saves first (default: in `home`); `issuer` is another OpenID issuer than the country's own identity node,
    `registry` the address of the exchange's registry where it is not this installation's.
    `retention_hour` is the hour of the country's clocks at which the worker disposes of what is over; without it nothing goes by itself.
    `exchange_port` is where other nodes connect (default: the one after `port`).
    `systems_port` opens a listener on `address` for the members' own systems: those whose connection is `network` are believed there, so keep others out.
    `proxies` are the addresses, with commas between them, of proxies that stand in front: their `X-Forwarded-For` is believed, nobody else's.
    `xroad_errors` is how error types are spelt: as X-Road does since 7.8, or up to 7.7.
    Without `smtp_url` no e-mail leaves, without `sms_url` no SMS.
    """

    home: Path = ROOT / "var"
    content: Path = ROOT / "countries"
    country: str = "vn"
    mode: Literal["demo", "production"] = "demo"
    database_url: str | None = None
    proxies: str = ""
    address: str = "127.0.0.1"
    port: Annotated[int, msgspec.Meta(ge=1, le=65535)] = 8080
    exchange_port: Annotated[int, msgspec.Meta(ge=1, le=65535)] | None = None
    systems_port: Annotated[int, msgspec.Meta(ge=1, le=65535)] | None = None
    xroad_errors: Literal["snake", "camel"] = "snake"
    workers: int = 1
    persons: int = 20_000
    issuer: str | None = None
    registry: str | None = None
    public_scheme: Literal["http", "https"] = "http"
    clock_offset_seconds: int = 0
    log_level: str = "info"
    smtp_url: str | None = None
    mail_from: str | None = None
    mail_reply_to: str | None = None
    sms_url: str | None = None
    sms_token: str = ""
    backups: Path | None = None
    retention_hour: Annotated[int, msgspec.Meta(ge=0, le=23)] | None = None

    @property
    def links_port(self) -> int:
        return self.exchange_port or self.port + 1

    @property
    def own_proxies(self) -> frozenset[str]:
        """Raises ValueError for what is no address."""
        return _addresses(self.proxies)

    @property
    def backup_folder(self) -> Path:
        return self.backups or self.home / "backups"

    @property
    def production(self) -> bool:
        return self.mode == "production"


def load(environment: dict[str, str] | None = None) -> Settings:
    """What the environment says; what it does not say, `settings.env` in DINH_HOME. Raises RuntimeError naming the variable that cannot be read."""
    said = os.environ if environment is None else environment
    home = Path(said.get("DINH_HOME", ROOT / "var")).expanduser().resolve()
    source = {**kept(home), **said}
    values = {name: source[f"DINH_{name.upper()}"] for name in Settings.__struct_fields__ if f"DINH_{name.upper()}" in source}
    try:
        found = msgspec.convert(values, Settings, strict=False, dec_hook=_path)
        _ = found.own_proxies
    except msgspec.ValidationError as error:
        expected, _, at = str(error).partition(" - at `$.")
        message = f"DINH_{at.rstrip('`').upper()}: {expected}"
        raise RuntimeError(message) from error
    except ValueError as error:
        message = f"DINH_PROXIES: {error}"
        raise RuntimeError(message) from error
    return found


@lru_cache(maxsize=8)
def _addresses(text: str) -> frozenset[str]:
    return frozenset(str(ipaddress.ip_address(one.strip())) for one in text.split(",") if one.strip())


def settings_file(home: Path) -> Path:
    return home / "settings.env"


def kept(home: Path) -> dict[str, str]:
    """Lines `DINH_PORT=8080`, as systemd's EnvironmentFile has them without quotes. Raises RuntimeError for any other line."""
    path, found = settings_file(home), dict[str, str]()
    known = {f"DINH_{field.upper()}" for field in Settings.__struct_fields__} - {"DINH_HOME"}
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    for number, line in enumerate(lines, start=1):
        name, equals, value = line.strip().partition("=")
        if not name or name.startswith("#"):
            continue
        if not equals or name not in known:
            message = f"{path}:{number}: a setting as DINH_PORT=8080, not {line!r}"
            raise RuntimeError(message)
        found[name] = value
    return found


def keep(home: Path, changes: dict[str, str]) -> None:
    """Write these settings down beside those that are kept there."""
    lines = [f"{name}={value}" for name, value in sorted({**kept(home), **changes}.items())]
    settings_file(home).write_text("\n".join([*lines, ""]), encoding="utf-8")


def _path(kind: type, value: object) -> object:
    if kind is Path:
        return Path(str(value)).expanduser().resolve()
    raise NotImplementedError(kind)
