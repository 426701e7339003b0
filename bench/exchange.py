"""`exchange`: signed, kept and verified exchanges a second between two nodes of this machine, beside nginx that only carries them.

The generator plays a member's system, which speaks X-Road's protocol r1 to the listener for systems of its node (portal). That node signs, and asks the
node of the registers by TLS, which looks for the right, asks the provider's system (a stub of nginx), signs, and keeps evidence before it answers;
so does the first node before its system hears. Generator and stub run on the same cores.
The floor is the same way by nginx alone: a proxy, TLS 1.3 with certificates on both sides and connections kept open, a proxy, the stub.

`exchange_new`: the system opens a connection for each call. `exchange_log`: what it costs that a call is about a person, and stands in their log.
`exchange_meter`: what it costs that calls are counted, by the statement that counts them beside one that does nothing.
"""

import asyncio
import json
import os
import re
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import msgspec

from bench.report import Figure, figure
from bench.stack import cpu_seconds, free_port, home, running
from dinh.app.nodes import open_nodes
from dinh.app.setup import connect
from dinh.exchange import Right, RightEntry, Service, ServiceEntry, SubsystemEntry, admit, register_all
from dinh.exchange.members import Subject
from dinh.exchange.metering import Amount, Line, Use, adding, columns_of
from dinh.kernel import clock
from dinh.kernel.caller import system
from dinh.kernel.settings import Settings

ROUNDS, SECONDS, CONNECTIONS = 3, 8, 32
SIZES = {"exchange": 1024, "exchange_10k": 10 * 1024, "exchange_1m": 1024 * 1024}
METERED_ROUNDS, METERED_CALLS = 300, 10
# Per second at least, on two cores; for the larger bodies what the machine gives is told beside its floor.
TARGETS = {"exchange": 1500.0, "exchange_10k": 1000.0, "exchange_1m": 30.0}
P99 = 50.0
FLOOR = "nginx two hops, mutual TLS, kept alive"
CLIENT, PROVIDER = "SUBSYSTEM:VN/GOV/G22/bench", "VN/GOV/G01/bench"
NAMES = {"vi": "Đo tốc độ", "en": "Benchmark"}


def run() -> list[Figure]:
    with ExitStack() as stack:
        folder, files = stack.enter_context(home()), Path(tempfile.mkdtemp(prefix="dinh-stub-"))
        stack.callback(shutil.rmtree, files, ignore_errors=True)
        systems, stub, hop, far = (free_port() for _ in range(4))
        process, port = stack.enter_context(running(folder, DINH_PERSONS="500", DINH_SYSTEMS_PORT=str(systems)))
        asyncio.run(register(Settings(home=folder, port=port), stub))
        stack.enter_context(_nginx(files, folder, (stub, hop, far)))
        path = f"/r1/{PROVIDER}/echo"
        _wait(f"http://127.0.0.1:{systems}{path}/exchange", 30)
        found = [one for name in SIZES for one in _measure(name, (systems, hop), path, process.pid)]
        whole = next(one.value for one in found if one.name == "exchange_cpu") * 1000
        return [
            *found, _new(systems, hop, path), _log(systems, process.pid),
            figure("exchange_meter", asyncio.run(_meter(Settings(home=folder, port=port), process.pid)), "us CPU/exchange", whole * 0.05, whole, "whole exchange", "lower"),
        ]  # fmt: skip


def _measure(name: str, ports: tuple[int, int], path: str, pid: int) -> list[Figure]:
    rates, tails, floors, cpu = [], [], [], []
    _load(f"http://127.0.0.1:{ports[0]}{path}/{name}", 2)
    for _ in range(ROUNDS):
        floors.append(_load(f"http://127.0.0.1:{ports[1]}/{name}", 3)[0])
        before = cpu_seconds(pid)
        rate, tail = _load(f"http://127.0.0.1:{ports[0]}{path}/{name}", SECONDS)
        rates.append(rate)
        tails.append(tail)
        cpu.append((cpu_seconds(pid) - before) * 1000 / (rate * SECONDS))
    rate, floor = statistics.median(rates), statistics.median(floors)
    found = [figure(name, rate, f"exchanges/s, {SIZES[name]} bytes", TARGETS[name], floor, FLOOR, "higher")]
    if name == "exchange":
        found.append(figure("exchange_p99", statistics.median(tails), "ms", P99, CONNECTIONS * 1000 / floor, f"mean of {FLOOR}", "lower"))
        found.append(
            figure("exchange_cpu", statistics.median(cpu), "ms CPU, both nodes and their databases", 1.33, 1000 / floor, f"wall of {FLOOR}", "lower")
        )
    return found


def _new(systems: int, hop: int, path: str) -> Figure:
    """A connection for each call, of the system to its node and of the same tool to nginx."""
    rates, floors = [], []
    for _ in range(ROUNDS):
        floors.append(_load(f"http://127.0.0.1:{hop}/exchange", 3, "Connection: close")[0])
        rates.append(_load(f"http://127.0.0.1:{systems}{path}/exchange", SECONDS, "Connection: close")[0])
    return figure(
        "exchange_new", statistics.median(rates), "exchanges/s, new connections", 1000.0, statistics.median(floors), f"{FLOOR} between them", "higher"
    )


def _log(systems: int, pid: int) -> Figure:
    """By turns, so that both meet the same machine."""
    spent: dict[str, list[float]] = {"echo": [], "person": []}
    for _ in range(ROUNDS):
        for service, found in spent.items():
            before = cpu_seconds(pid)
            rate, _ = _load(f"http://127.0.0.1:{systems}/r1/{PROVIDER}/{service}/exchange?number=001085000017", SECONDS)
            found.append((cpu_seconds(pid) - before) * 1e6 / (rate * SECONDS))
    plain, logged = (statistics.median(spent[name]) for name in ("echo", "person"))
    return figure("exchange_log", logged - plain, "us CPU/exchange", plain * 0.15, plain, "an exchange about nobody", "lower")


async def _meter(settings: Settings, pid: int) -> float:
    """Microseconds of each of METERED_CALLS in a round, in this process and the database."""
    use = Use(clock.now().date(), Line("G22", "bench", "G01", "bench", "meter", "bench"))
    spent = {True: 0.0, False: 0.0}
    async with open_nodes(settings, "registers", web=False) as nodes:
        node = nodes["registers"]
        sql, columns = adding(1), columns_of({use: Amount(METERED_CALLS, 0, 1000, 1000)})
        for at in range(2 * METERED_ROUNDS):
            counted = bool(at % 2)
            before = cpu_seconds(pid) + time.process_time()
            async with node.alone(system("bench")) as tx:
                await (tx.all(sql, *columns) if counted else tx.all("SELECT 1"))
            spent[counted] += cpu_seconds(pid) + time.process_time() - before
    return max(spent[True] - spent[False], 0.0) * 1e6 / (METERED_ROUNDS * METERED_CALLS)


async def register(settings: Settings, stub: int) -> None:
    """Two services of a member's own system, one of them about a person, rights to them, and a system of another member that may speak."""
    echo = Service(code="echo", provider="G01", kind="ask", title=NAMES, rights=[], subsystem="bench", url=f"http://127.0.0.1:{stub}")
    person = msgspec.structs.replace(echo, code="person", subject=[Subject("query", "number")])
    right = Right(purpose="bench", title=NAMES, basis="bench", ref="bench", assurance=0, clients=[CLIENT])
    who = system("bench")
    async with open_nodes(settings, web=False) as nodes:
        registry = nodes[next(iter(nodes.values())).country.registry.code]
        async with registry.write(who) as tx:
            await register_all(tx, who, [SubsystemEntry("G22", "bench"), SubsystemEntry("G01", "bench")])
            await register_all(tx, who, [ServiceEntry(service) for service in (echo, person)])
            await register_all(tx, who, [RightEntry("G01", "bench", service.code, "bench", right) for service in (echo, person)])
        await connect(nodes, lambda _: None)
        async with nodes["portal"].write(who) as tx:
            await admit(tx, who, CLIENT, "network")


@contextmanager
def _nginx(files: Path, folder: Path, ports: tuple[int, int, int]) -> Iterator[None]:
    """The stub, and the two hops of the floor with the nodes' own TLS certificates."""
    files.chmod(0o755)
    for name, size in SIZES.items():
        (files / name).write_bytes(os.urandom(size // 2).hex().encode())
    near, other = folder / "nodes" / "portal" / "tls", folder / "nodes" / "registers" / "tls"
    (files / "nginx.conf").write_text(_configuration(files, near, other, *ports))
    command = [shutil.which("nginx") or "/usr/sbin/nginx", "-p", str(files), "-c", str(files / "nginx.conf"), "-e", str(files / "error.log")]
    process = subprocess.Popen(command)
    try:
        yield
    finally:
        process.terminate()
        process.wait(timeout=10)


def _configuration(files: Path, near: Path, other: Path, stub: int, hop: int, far: int) -> str:
    return f"""
daemon off; worker_processes 2; pid {files}/nginx.pid; error_log {files}/error.log;
events {{ worker_connections 512; }}
http {{
  access_log off; keepalive_requests 1000000; client_body_temp_path {files}/body; proxy_temp_path {files}/proxy; fastcgi_temp_path {files}/fcgi;
  uwsgi_temp_path {files}/uwsgi; scgi_temp_path {files}/scgi; proxy_buffers 8 256k; proxy_buffer_size 64k; proxy_busy_buffers_size 512k;
  upstream stub {{ server 127.0.0.1:{stub}; keepalive 64; }}
  upstream far {{ server 127.0.0.1:{far}; keepalive 64; }}
  server {{ listen 127.0.0.1:{stub}; root {files}; }}
  server {{
    listen 127.0.0.1:{hop};
    location / {{
      proxy_pass https://far; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_ssl_protocols TLSv1.3;
      proxy_ssl_certificate {near}/tls.pem; proxy_ssl_certificate_key {near}/tls.key; proxy_ssl_trusted_certificate {near}/roots.pem;
      proxy_ssl_verify on; proxy_ssl_name registers.localhost; proxy_ssl_server_name on;
    }}
  }}
  server {{
    listen 127.0.0.1:{far} ssl; ssl_protocols TLSv1.3; ssl_certificate {other}/tls.pem; ssl_certificate_key {other}/tls.key;
    ssl_client_certificate {other}/roots.pem; ssl_verify_client on;
    location / {{ proxy_pass http://stub; proxy_http_version 1.1; proxy_set_header Connection ""; }}
  }}
}}
"""


def _wait(url: str, seconds: float) -> None:
    """Until the first exchange succeeds."""
    deadline, told = time.monotonic() + seconds, ""
    while time.monotonic() < deadline:
        done = subprocess.run(["curl", "-s", "-w", "\n%{http_code}", *_headers(), url], check=False, capture_output=True, text=True)
        told = done.stdout[-500:]
        if told.endswith("\n200"):
            return
        time.sleep(0.3)
    raise TimeoutError(told)


def _headers() -> list[str]:
    return ["-H", "X-Road-Client: VN/GOV/G22/bench", "-H", "Host: localhost", "-H", "X-Road-UserId: VN012345678901"]


def _load(url: str, seconds: int, *headers: str) -> tuple[float, float]:
    """Exchanges a second, and the 99th percentile in milliseconds. Raises RuntimeError when one of them failed."""
    command = [
        "wrk",
        "-t1",
        f"-c{CONNECTIONS}",
        f"-d{seconds}s",
        "--latency",
        "--timeout",
        "10s",
        *_headers(),
        *[part for header in headers for part in ("-H", header)],
        url,
    ]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    if "Non-2xx" in done.stdout or "Socket errors" in done.stdout:
        raise RuntimeError(done.stdout)
    tail = re.search(r"99%\s+([\d.]+)(us|ms|s)", done.stdout)
    rate = re.search(r"Requests/sec:\s+([\d.]+)", done.stdout)
    if not tail or not rate:
        raise RuntimeError(json.dumps(done.stdout))
    return float(rate[1]), float(tail[1]) * {"us": 0.001, "ms": 1, "s": 1000}[tail[2]]
