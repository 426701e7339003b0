"""The import contracts of pyproject.toml hold, and each of them bites."""

import contextlib
import io
import tomllib
from functools import cache
from pathlib import Path

import pytest
from importlinter.cli import lint_imports

from tests.walls.source import ROOT

CONFIG = ROOT / "pyproject.toml"
CONTRACTS: dict[str, str] = {one["id"]: one["name"] for one in tomllib.loads(CONFIG.read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]}
# A small house with every floor; it keeps all contracts.
SKELETON = {
    "__main__.py": "from dinh.cli import main\n",
    "cli.py": "from dinh.app import serve\nmain = serve\n",
    "app/serve.py": "from dinh import cases, identity, indicators, portal, registers, vault\nfrom dinh.exchange.gateway.contracts import Question\n",
    "portal/pages.py": "import litestar\nfrom dinh.kernel.web import routes\n",
    "indicators/__init__.py": "",
    "notices/__init__.py": "",
    "cases/__init__.py": "from dinh.cases.desk import routes\n",
    "cases/desk/__init__.py": "from dinh.cases.desk.pages import routes\n",
    "cases/desk/pages.py": "import litestar\nfrom dinh.cases.desk import service\n",
    "cases/desk/http.py": "import litestar\nfrom dinh.cases.desk import service\n",
    "cases/desk/service.py": "from dinh.cases.desk import rules, store\nfrom dinh.cases.clocks import due\nfrom dinh.exchange import ask\n",
    "cases/desk/store.py": "import asyncpg\nfrom dinh.cases.desk.contracts import Case\nfrom dinh.kernel import transactions\n",
    "cases/desk/rules.py": "from dinh.cases.desk.contracts import Case\n",
    "cases/desk/contracts.py": "from dinh.kernel.events import Event\n",
    "cases/clocks/__init__.py": "from dinh.cases.clocks.rules import due\n",
    "cases/clocks/rules.py": "",
    "vault/__init__.py": "",
    "registers/__init__.py": "from dinh.registers.population import answers\n",
    "registers/population/__init__.py": "",
    "identity/__init__.py": "",
    "exchange/__init__.py": "from dinh.exchange.gateway import ask\n",
    "exchange/gateway/__init__.py": "from dinh.exchange.gateway.contracts import Question\n",
    "exchange/gateway/contracts.py": "",
    "offices/__init__.py": "",
    "trust/__init__.py": "",
    "kernel/clock.py": "",
    "kernel/node.py": "from dinh.kernel import transactions\n",
    "kernel/transactions.py": "from dinh.kernel.node import Node\n",
    "kernel/events/__init__.py": "from dinh.kernel.events.contracts import Event\n",
    "kernel/events/contracts.py": "",
    "kernel/database/embedded.py": "",
    "kernel/web/routes.py": "from dinh.kernel.web.visit import Visit\n",
    "kernel/web/visit.py": "from dinh.kernel.web.templates import Templates\n",
    "kernel/web/templates.py": "from dinh.kernel.web.visit import Visit\n",
}
# Contract, module, what is planted in it, and what the report has to name.
VIOLATIONS = [
    ("floors", "kernel/clock.py", "import dinh.cases", "kernel is not allowed to import"),
    ("floors", "vault/__init__.py", "def later():\n    from dinh.cases import routes", "vault is not allowed to import"),
    ("floors", "weather/__init__.py", "", "weather"),
    ("registers", "cases/desk/service.py", "import dinh.registers", "cases.desk.service -> toy.registers"),
    ("registers", "identity/__init__.py", "from dinh.registers.population import answers", "identity -> toy.registers.population"),
    ("inside", "cases/desk/store.py", "from dinh.cases.desk import service", "cases.desk.store -> toy.cases.desk.service"),
    ("inside", "cases/desk/rules.py", "from dinh.cases.desk import store", "cases.desk.rules -> toy.cases.desk.store"),
    ("inside", "cases/desk/contracts.py", "from dinh.cases.desk import rules", "cases.desk.contracts -> toy.cases.desk.rules"),
    ("nouns", "cases/clocks/rules.py", "from dinh.cases.desk import routes", "No cycles are allowed in toy.cases"),
    ("edge", "cases/desk/pages.py", "from dinh.cases.desk import store", "cases.desk.pages -> toy.cases.desk.store"),
    ("edge", "cases/desk/http.py", "import asyncpg", "cases.desk.http -> asyncpg"),
    ("rules", "cases/desk/rules.py", "from dinh.kernel import clock", "cases.desk.rules -> toy.kernel.clock"),
    ("rules", "cases/desk/contracts.py", "def connect():\n    import asyncpg", "cases.desk.contracts -> asyncpg"),
    ("framework", "cases/desk/service.py", "from litestar import Response", "cases.desk.service -> litestar"),
    ("doors", "vault/__init__.py", "from dinh.exchange.gateway import ask", "vault -> toy.exchange.gateway "),
    ("doors", "cases/desk/service.py", "from dinh.cases.clocks.rules import due", "cases.desk.service -> toy.cases.clocks.rules"),
    ("doors", "cases/__init__.py", "from dinh.cases.desk.pages import routes", "cases -> toy.cases.desk.pages"),
    ("doors", "trust/__init__.py", "from dinh.kernel.events.contracts import Event", "trust -> toy.kernel.events.contracts"),
]


class House:
    """The skeleton on disk, under a name that no imported package has."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        for name, text in SKELETON.items():
            self.plant(name, text)
        self._config = folder / "contracts.toml"
        self._config.write_text(CONFIG.read_text(encoding="utf-8").replace("dinh", "toy"), encoding="utf-8")

    def plant(self, name: str, text: str) -> None:
        path = self._folder / "toy" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        for parent in path.relative_to(self._folder).parents[:-1]:
            (self._folder / parent / "__init__.py").touch()
        known = path.read_text(encoding="utf-8") if path.exists() else ""
        path.write_text(known + text.replace("dinh", "toy") + "\n", encoding="utf-8")

    def report(self, *contracts: str) -> str:
        return _report(self._config, *contracts)


def _report(config: Path, *contracts: str) -> str:
    """What `lint-imports` prints, on one line; all contracts unless some are named."""
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        lint_imports(config_filename=str(config), limit_to_contracts=contracts, no_cache=True, no_logo=True)
    return " ".join(printed.getvalue().split())


@cache
def _own_report() -> str:
    return _report(CONFIG)


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    monkeypatch.syspath_prepend(str(tmp_path))
    return House(tmp_path)


@pytest.mark.parametrize("contract", CONTRACTS.values(), ids=CONTRACTS)
def test_contract_is_kept(contract: str) -> None:
    kept = f"{contract} KEPT" in _own_report()
    assert kept, _own_report()


def test_every_contract_is_bitten() -> None:
    assert {contract for contract, *_ in VIOLATIONS} == set(CONTRACTS)


def test_skeleton_keeps_all(house: House) -> None:
    assert f"{len(CONTRACTS)} kept, 0 broken" in house.report()


@pytest.mark.parametrize(("contract", "module", "planted", "named"), VIOLATIONS)
def test_contract_bites(house: House, contract: str, module: str, planted: str, named: str) -> None:
    house.plant(module, planted)
    report = house.report(contract)
    assert f"{CONTRACTS[contract]} BROKEN" in report
    assert named in report
