"""What says what an installation is: settings of the environment and of its home, and the node of its own."""

from pathlib import Path

import pytest

from dinh.kernel import country
from dinh.kernel.errors import BadContent
from dinh.kernel.settings import ROOT, keep, kept, load

NODE = "code: {code}\nhost: new.localhost\ntitle: {{en: New}}\noperator: NEW\nagencies: [NEW]\nrooms: [offices, exchange, identity]\n"


def test_without_a_word_the_home_is_in_the_clone() -> None:
    assert load({}).home == ROOT / "var"


def test_the_home_says_what_the_environment_does_not(tmp_path: Path) -> None:
    keep(tmp_path, {"DINH_PORT": "9000", "DINH_REGISTRY": "http://registry.example"})
    keep(tmp_path, {"DINH_PORT": "9001"})
    (tmp_path / "settings.env").write_text("# kept\n\n" + (tmp_path / "settings.env").read_text())
    found = load({"DINH_HOME": str(tmp_path), "DINH_REGISTRY": "http://other.example"})
    assert (found.home, found.port, found.registry) == (tmp_path, 9001, "http://other.example")


@pytest.mark.parametrize("line", ["DINH_PORT", "PORT=1", "DINH_HOME=/elsewhere", "DINH_NOTHING=1", "export DINH_PORT=1"])
def test_a_line_that_is_no_setting_is_named(tmp_path: Path, line: str) -> None:
    (tmp_path / "settings.env").write_text(f"DINH_PORT=1\n{line}\n")
    with pytest.raises(RuntimeError, match=r"settings\.env:2"):
        kept(tmp_path)


def test_an_installation_of_its_own_hosts_one_node(tmp_path: Path) -> None:
    settings = load({"DINH_HOME": str(tmp_path), "DINH_COUNTRY": "example"})
    assert list(country.of(settings).hosted) == list(country.of(settings).nodes)
    (tmp_path / "node.yaml").write_text(NODE.format(code="new"))
    known = country.of(settings)
    assert list(known.hosted) == ["new"]
    assert "new" not in known.nodes


@pytest.mark.parametrize(("node", "line"), [(NODE.format(code="portal"), 1), (NODE.format(code="new") + "units: N\n", 7)])
def test_a_node_that_cannot_be_its_own_is_named(tmp_path: Path, node: str, line: int) -> None:
    (tmp_path / "node.yaml").write_text(node)
    with pytest.raises(BadContent) as caught:
        _ = country.of(load({"DINH_HOME": str(tmp_path), "DINH_COUNTRY": "example"})).hosted
    assert caught.value.line == line
