"""`submit`: functional cases a second over /api/cases/v1, spread over 100 communes, beside the same SQL by pgbench.

The worker runs meanwhile: it seals, delivers and counts what is entered, and its CPU time is counted in.

Each case is a signed-in official's request, validated, with case, role, clock, events and outbox in one durable transaction.
"""

import asyncio
import os
import re
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import msgspec

from bench.report import Figure, figure
from bench.stack import cpu_seconds, home, running
from dinh.app.databases import Databases
from dinh.app.nodes import open_nodes
from dinh.identity import Arrival, open_session
from dinh.kernel.caller import PUBLIC
from dinh.kernel.settings import Settings
from dinh.kernel.web.visit import csrf_of

ROUNDS, SECONDS, CONNECTIONS, COMMUNES = 3, 8, 32, 100
FLOOR_SQL = Path(__file__).parent / "submit_floor.sql"
ANSWERS = {
    "relation": "mother", "married": "no", "applicant_name": "Nguyễn Thị Khuếch", "applicant_number": "031190000001", "applicant_address": "Số 1",
    "child_name": "Nguyễn Ngọc Khuê", "child_sex": "female", "child_birth_date": "2026-11-03", "child_birth_place": "Bệnh viện Phụ sản",
    "child_ethnicity": "Kinh", "child_nationality": "Việt Nam", "child_origin": "Hải Phòng", "father_unknown": "yes",
}  # fmt: skip


def run() -> list[Figure]:
    with home() as folder:
        with running(folder, DINH_PERSONS="3000"):
            pass
        # Two web workers, as an operator would set on two cores.
        with running(folder, DINH_WORKERS="2") as (process, port):
            settings = Settings(home=folder, port=port)
            script = asyncio.run(_prepare(settings))
            rates, cpu, floors = [], [], []
            for _ in range(ROUNDS):
                floors.append(_floor(settings))
                before = cpu_seconds(process.pid)
                rate = _load(port, script)
                rates.append(rate)
                cpu.append((cpu_seconds(process.pid) - before) * 1000 / (rate * SECONDS))
            Path(script).unlink()
    rate, floor = _middle(rates), _middle(floors)
    return [
        figure("submit", rate, "cases/s", 300, floor, "the same SQL by pgbench", "higher"),
        figure("submit_cpu", _middle(cpu), "ms CPU/case", 6, 1000 / floor, "wall ms a transaction of the same SQL by pgbench", "lower"),
    ]


def _middle(values: list[float]) -> float:
    return sorted(values)[len(values) // 2]


async def _prepare(settings: Settings) -> str:
    """Sessions of the registrars of 100 communes, as a script for wrk."""
    async with open_nodes(settings, web=False) as nodes:
        node = next(node for node in nodes.values() if node.plan.units)
        async with node.write(PUBLIC) as tx:
            sql = "SELECT p.unit, h.person FROM offices.holder h JOIN offices.post p ON p.code = h.post WHERE p.template = 'registrar' ORDER BY 1 LIMIT $1"
            rows = await tx.all(sql, COMMUNES)
            requests = []
            for row in rows:
                arrival = Arrival(sub=row["person"], acr="urn:dinh:eid:id:2:auth:2", auth_time=int(tx.now.timestamp()), id_token="")
                secret = await open_session(tx, PUBLIC, arrival, "")
                body = {"procedure": "1.001193", "applicant": row["person"], "answers": ANSWERS | {"unit": row["unit"]}}
                requests.append((secret, csrf_of(node, secret), msgspec.json.encode(body).decode()))
    return _script(requests, f"haiphong.localhost:{settings.port}")


def _script(requests: list[tuple[str, str, str]], host: str) -> str:
    rows = ",\n".join(f"{{{msgspec.json.encode(f'dinh_session={a}').decode()}, '{b}', [==[{c}]==]}}" for a, b, c in requests)
    text = f"""
local rows = {{{rows}}}
local at = 0
request = function()
  at = at % #rows + 1
  local row = rows[at]
  local headers = {{["Host"] = "{host}", ["Content-Type"] = "application/json", ["Cookie"] = row[1], ["X-CSRF-Token"] = row[2]}}
  return wrk.format("POST", "/api/cases/v1/cases", headers, row[3])
end
local bad = 0
response = function(status) if status ~= 201 then bad = bad + 1; if bad < 3 then print("status", status) end end end
"""
    with tempfile.NamedTemporaryFile("w", suffix=".lua", delete=False) as file:
        file.write(text)
    return file.name


def _load(port: int, script: str) -> float:
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", "-s", script, f"http://127.0.0.1:{port}"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    if "Non-2xx" in done.stdout:
        raise RuntimeError(done.stdout)
    return float(re.search(r"Requests/sec:\s+([\d.]+)", done.stdout)[1])  # type: ignore[index]


def _floor(settings: Settings) -> float:
    """Pgbench of the same server, over the same socket, with the same role and durability."""
    databases = Databases(settings)
    server = databases.server
    if server is None:
        raise RuntimeError("the benchmark needs the embedded database")
    arguments = ["-n", "-M", "prepared", "-f", str(FLOOR_SQL), "-c", str(CONNECTIONS), "-j", "1", "-T", str(SECONDS)]
    command = server.tool("pgbench", *arguments, "-h", str(server.sockets), "-U", "dinh_app", databases.name("haiphong"))
    done: Any = subprocess.run(command, check=True, capture_output=True, text=True, env={**os.environ, "PGOPTIONS": "-c search_path=ext"})
    return float(re.search(r"tps = ([\d.]+)", done.stdout)[1])  # type: ignore[index]
