"""`make exchange-demo`: a registry and three agencies on this machine, each an installation of its own, joined by the commands that an engineer would type.

What passes between them are the files that the commands name, the fingerprints that people would read out, and the network.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import msgspec

from dinh.exchange import declared
from dinh.kernel import country
from dinh.kernel.content import Text
from dinh.kernel.country import Country
from dinh.kernel.settings import ROOT, Settings

EXAMPLES = ROOT / "examples" / "exchange"
LOCAL = "127.0.0.1"
PERSONS = "500"
UP_SECONDS, STOP_SECONDS, GROUP_SECONDS, COMMAND_SECONDS = 120.0, 40.0, 3.0, 120.0
# What an installation is told by the folder it lives in, not by whoever shows it.
# Bytecode is kept, as on an installed machine: each command and process would compile everything again.
FOREIGN = ("DINH_", "PYTHONDONTWRITEBYTECODE")
INHERITED = ("DINH_CONTENT", "DINH_COUNTRY", "DINH_PG_BIN", "DINH_COMMIT")
Say = Callable[[str], None]


class Player(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A member and its one system. An agency that the country's files name needs no name here."""

    code: str
    subsystem: str
    name: Text = {}
    member_class: str | None = None


class Played(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The service that is asked, and the right to it."""

    code: str
    title: Text
    purpose: str
    basis: str
    ref: str
    daily: int


class Cast(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`exchange-demo.yaml`: who offers, who may ask, and who may not."""

    provider: Player
    client: Player
    stranger: Player
    service: Played


class Scene(msgspec.Struct, frozen=True):
    """What was done and what came of it."""

    what: str
    told: str
    seconds: float
    fine: bool


def cast_of(known: Country) -> Cast:
    return known.read("exchange-demo.yaml", Cast)


class Failed(RuntimeError):
    """A scene did not end as it should; the rest cannot go on."""


class Installation:
    """One home with its processes. Nothing else of it is known here."""

    def __init__(self, folder: Path, name: str, host: str, **settings: str) -> None:
        self.home, self.host, self.name = folder / name, host, name
        self.port, self.links, self._log = *_ports(2), folder / f"{name}.log"
        self._environment = {
            **{key: value for key, value in os.environ.items() if key in INHERITED or not key.startswith(FOREIGN)},
            "DINH_HOME": str(self.home), "DINH_LOG_LEVEL": "error", **settings,
        }  # fmt: skip
        self._process: subprocess.Popen[bytes] | None = None

    def listen(self) -> None:
        """On its ports, where no `agency new` writes them down."""
        self._environment |= {"DINH_PORT": str(self.port), "DINH_EXCHANGE_PORT": str(self.links)}

    def command(self, *arguments: str, expect: int = 0) -> Any:
        """What `dinh ... --json` said. Raises Failed."""
        done = subprocess.run(  # noqa: S603 - our own command
            [sys.executable, "-m", "dinh", *arguments, "--json"], env=self._environment, check=False, capture_output=True, timeout=COMMAND_SECONDS
        )
        if done.returncode != expect:
            raise Failed(f"dinh {' '.join(arguments)}: {done.stderr.decode(errors='replace').strip()[-800:]}")
        return msgspec.json.decode(done.stdout) if done.stdout else None

    def start(self, *arguments: str) -> None:
        # A session of its own: Ctrl-C is ours to handle, and stops them in order.
        with self._log.open("ab") as log:
            command = [sys.executable, "-m", "dinh", *(arguments or ("run",))]
            self._process = subprocess.Popen(command, env=self._environment, stdout=log, stderr=log, start_new_session=True)  # noqa: S603

    def wait_up(self) -> None:
        """Raises Failed when it ends instead, with what it said."""
        deadline = time.monotonic() + UP_SECONDS
        while time.monotonic() < deadline:
            if self._process and self._process.poll() is not None:
                break
            try:
                if httpx.get(f"http://{LOCAL}:{self.port}/healthz", headers={"host": self.host}, timeout=5, trust_env=False).is_success:
                    return
            except httpx.HTTPError:
                time.sleep(0.05)
        raise Failed(f"{self.name} does not start: {self._log.read_text(errors='replace')[-800:]}")

    def kill(self) -> None:
        """As a machine that loses its power. Returns when its ports are free."""
        if self._process:
            self._process.kill()
            self._process.wait()
        deadline = time.monotonic() + STOP_SECONDS
        while any(_open(port) for port in (self.port, self.links)) and time.monotonic() < deadline:
            time.sleep(0.05)

    def stop(self) -> None:
        if self._process and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
        self._end_group()

    def _end_group(self) -> None:
        """One that was stopped while it started may leave children that end by themselves a moment later: nobody has to look for them."""
        deadline = time.monotonic() + GROUP_SECONDS
        while self._process and _lives(self._process.pid):
            if time.monotonic() > deadline:
                os.killpg(self._process.pid, signal.SIGKILL)
            time.sleep(0.05)


def _ports(count: int) -> list[int]:
    with ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind((LOCAL, 0))
        return [int(probe.getsockname()[1]) for probe in probes]


def _lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def _open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((LOCAL, port)) == 0


class Demonstration:
    def __init__(self, settings: Settings, folder: Path, say: Say) -> None:
        known = country.load(settings.content, settings.country)
        self.cast, self.policy = cast_of(known), declared(known).policy
        self.folder, self.say, self.scenes, self._began = folder, say, list[Scene](), time.monotonic()
        registry = known.registry
        self._node = registry.code
        self.registry = Installation(folder, "registry", registry.host, DINH_PERSONS=PERSONS)
        self.registry.listen()
        self.players = {name: Installation(folder, name, f"{name}.localhost") for name in ("provider", "client", "stranger")}
        self._keys: dict[str, str] = {}
        self._system_port = _ports(1)[0]

    def player(self, name: str) -> Player:
        found: Player = getattr(self.cast, name)
        return found

    def identifier(self, name: str) -> str:
        """As X-Road writes a subsystem: instance, class, code, subsystem."""
        player = self.player(name)
        return f"{self.policy.instance}/{player.member_class or self.policy.member_class}/{player.code}/{player.subsystem}"

    def scene(self, what: str, told: str, *, fine: bool, began: float) -> None:
        """Raises Failed unless it is fine."""
        now = time.monotonic()
        self.scenes.append(Scene(what, told, round(now - began, 3), fine))
        self.say(f"[{now - self._began:5.1f} s] {what}: {told} ({_long(now - began)})")
        if not fine:
            raise Failed(f"{what}: {told}")

    # The cast comes together

    def join(self) -> None:
        """Each agency makes its home while the registry starts; then files and fingerprints go there and back."""
        began = time.monotonic()
        self.registry.start("serve", self._node)
        with ThreadPoolExecutor(3) as pool:
            made = dict(zip(self.players, pool.map(self._new, self.players), strict=True))
        self.registry.wait_up()
        self.scene(
            "a registry runs, and three agencies have made their homes, keys and applications", f"{len(made)} applications", fine=True, began=began
        )
        began = time.monotonic()
        with ThreadPoolExecutor(3) as pool:
            list(pool.map(self._admit, made, made.values()))
        self.scene("the registry's operator lets them in by the fingerprints that were read out", "each has joined", fine=True, began=began)

    def _new(self, name: str) -> dict[str, str]:
        at, player = self.players[name], self.player(name)
        names = [part for language, text in player.name.items() for part in ("--name", f"{language}={text}")]
        kind = ["--class", player.member_class] if player.member_class else []
        address = f"https://{at.host}:{at.links}"
        found: dict[str, str] = at.command(
            "agency", "new", player.code, "--address", address, "--node", f"demo-{name}", "--subsystem", player.subsystem, "--port", str(at.port),
            *names, *kind,
        )  # fmt: skip
        return found

    def _admit(self, name: str, made: dict[str, str]) -> None:
        carried = self.folder / "carried" / f"{name}.application"
        carried.parent.mkdir(exist_ok=True)
        shutil.copy(made["file"], carried)
        let = self.registry.command("agency", "admit", str(carried), "--fingerprint", made["fingerprint"])
        self.players[name].command("agency", "join", let["file"], "--fingerprint", let["fingerprint"])

    def offer(self) -> None:
        """A service with a right for the client, before the nodes start: they fetch it as they come up."""
        began, service, provider = time.monotonic(), self.cast.service, self.cast.provider
        at, client = f"{provider.code}/{provider.subsystem}", f"{self.cast.client.code}/{self.cast.client.subsystem}"
        titles = [part for language, text in service.title.items() for part in ("--title", f"{language}={text}")]
        url = f"http://{LOCAL}:{self._system_port}"
        self.registry.command("service", "add", str(EXAMPLES / "openapi.yaml"), "--at", at, "--code", service.code, "--url", url, *titles)
        self.registry.command(
            "service", "allow", f"{at}/{service.code}", client, "--purpose", service.purpose, "--basis", service.basis, "--ref", service.ref,
            "--daily", str(service.daily), "--endpoint", "GET /residents/*", *titles,
        )  # fmt: skip
        self.scene("a service is offered, and one client allowed", f"{at}/{service.code}, {service.daily} calls a day", fine=True, began=began)

    def start(self) -> None:
        began = time.monotonic()
        for at in self.players.values():
            at.start()
        with ThreadPoolExecutor(3) as pool:
            list(pool.map(Installation.wait_up, self.players.values()))
            names = ("client", "stranger")
            admitted = pool.map(self._admit_system, names)
        self._keys = dict(zip(names, admitted, strict=True))
        self.scene("three nodes run, each with processes, database and signer of its own", "and have let their systems in", fine=True, began=began)

    def _admit_system(self, name: str) -> str:
        player = self.player(name)
        return str(self.players[name].command("system", "admit", f"{player.code}/{player.subsystem}")["key"])

    # The play

    def ask(self, name: str, *, own: bool = False, path: str = "/residents/000001") -> httpx.Response:
        """As an agency's system does: X-Road's protocol, or our own interface."""
        at, provider, code = self.players[name], self.cast.provider, self.cast.service.code
        where = f"/api/exchange/v1/ask/{provider.code}/{provider.subsystem}" if own else f"/r1/{self.identifier('provider')}"
        headers = {"host": at.host, "x-road-client": self.identifier(name), "dinh-key": self._keys[name], "accept": "application/json"}
        return httpx.get(f"http://{LOCAL}:{at.port}{where}/{code}{path}", headers=headers, timeout=60, trust_env=False)

    def expect(self, what: str, status: int, name: str, *, own: bool = False, path: str = "/residents/000001") -> httpx.Response:
        began = time.monotonic()
        answer = self.ask(name, own=own, path=path)
        self.scene(what, _told(answer), fine=answer.status_code == status, began=began)
        return answer

    def play(self) -> None:
        client, stranger = self.cast.client.code, self.cast.stranger.code
        first = self.expect(f"{client} asks by X-Road's protocol", 200, "client")
        self.expect(f"{client} asks by our own interface", 200, "client", own=True)
        self.expect(f"{client} asks for what its right does not name", 403, "client", own=True, path="/moves")
        self.expect(f"{stranger}, which has no right, asks by our own interface", 403, "stranger", own=True)
        self.expect(f"{stranger} asks by X-Road's protocol, whose word for it is 500", 500, "stranger")
        self.evidence(first.headers["x-road-id"])
        self.registry.kill()
        self.expect(f"the registry is killed, and {client} asks", 200, "client")
        self.players["provider"].kill()
        self.expect("the provider's node is killed: nothing was asked, and that is said", 503, "client", own=True)
        self.restart()
        self.limit()

    def evidence(self, message: str) -> None:
        """The signed documents of the first exchange, judged by whoever has the root and nothing else."""
        began, at = time.monotonic(), self.players["client"]
        self.registry.wait_up()
        parts = self.identifier("client").split("/")
        fields = dict(zip(("xRoadInstance", "memberClass", "memberCode", "subsystemCode"), parts, strict=True))
        for part in ("request", "response"):
            answer = httpx.get(
                f"http://{LOCAL}:{at.port}/asic", params={"queryId": message, **fields, f"{part}Only": "", "unique": "", "force": ""},
                headers={"host": at.host, "dinh-key": self._keys["client"]}, timeout=60, trust_env=False,
            )  # fmt: skip
            file = self.folder / f"{part}.asice"
            file.write_bytes(answer.content)
            if not answer.is_success:
                raise Failed(f"/asic: {answer.status_code} {answer.text[:400]}")
            report = at.command("verify", "evidence", str(file), "--root", str(at.home / "trust" / "root.pem"))
            told = f"{report['verdict']}, signed by {report['signer']}, stamped {report['stamped_at']}"
            self.scene(
                f"the {part} of the first exchange as a container, {len(answer.content):,} bytes",
                told,
                fine=report["verdict"] == "verified",
                began=began,
            )
            began = time.monotonic()

    def restart(self) -> None:
        began = time.monotonic()
        self.players["provider"].start()
        self.players["provider"].wait_up()
        answer = self.ask("client")
        self.scene("the provider's node starts again, without the registry, and is asked", _told(answer), fine=answer.status_code == 200, began=began)  # noqa: PLR2004

    def limit(self) -> None:
        """Four calls were answered before: two by each interface, one without the registry, one after the restart."""
        began, left = time.monotonic(), self.cast.service.daily - 4
        answers = [self.ask("client", own=True) for _ in range(left + 1)]
        fine = [one.status_code for one in answers] == [200] * left + [429]
        waits = f", again in {answers[-1].headers.get('retry-after')} s"
        self.scene(f"the daily limit, which outlived the restart, holds after {left} more", f"{_told(answers[-1])}{waits}", fine=fine, began=began)

    def close(self) -> None:
        began = time.monotonic()
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(Installation.stop, [*self.players.values(), self.registry]))
        self.say(f"[{time.monotonic() - self._began:5.1f} s] all is stopped ({_long(time.monotonic() - began)})")

    @contextmanager
    def system(self) -> Iterator[None]:
        """The provider's own system: plain HTTP, in a process of its own."""
        process = subprocess.Popen([sys.executable, str(EXAMPLES / "system.py"), str(self._system_port)], start_new_session=True)  # noqa: S603
        try:
            yield
        finally:
            process.terminate()
            process.wait()


def _told(answer: httpx.Response) -> str:
    """Status and the first words of the body, on one line."""
    return f"{answer.status_code} {' '.join(answer.text.split())[:160]}"


def _long(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"


def run(settings: Settings, say: Say, *, keep: bool) -> list[Scene]:
    """Every scene. Raises Failed with the first that did not end as it should, KeyboardInterrupt; all is stopped then, too."""
    folder = Path(tempfile.mkdtemp(prefix="dinh-exchange-demo-"))
    folder.chmod(0o755)
    for number in (signal.SIGINT, signal.SIGTERM):
        # Also where whoever started us ignores one of them: what we start would inherit that.
        signal.signal(number, signal.default_int_handler)
    demonstration = Demonstration(settings, folder, say)
    try:
        with demonstration.system():
            demonstration.join()
            demonstration.offer()
            demonstration.start()
            demonstration.play()
        return demonstration.scenes
    finally:
        demonstration.close()
        if keep:
            say(f"kept: {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)
