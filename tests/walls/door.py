"""The door contract of import-linter: what lies inside a package is imported only from inside it."""

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output


class DoorContract(Contract):
    """A module `p.m` may be imported only by `p` and what is inside `p`; everyone else imports from `p`, its door.

    `open_packages` have no door: their modules are imported one by one. `exempt_importers` may look past every door.
    """

    type_name = "door"

    open_packages = fields.SetField(subfield=fields.StringField())
    exempt_importers = fields.SetField(subfield=fields.StringField(), required=False, default=())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        del verbose
        found = sorted((importer, imported, line) for importer, imported, line in _imports(graph) if self._is_past_a_door(importer, imported))
        return ContractCheck(kept=not found, metadata={"past_doors": found})

    def render_broken_contract(self, check: ContractCheck) -> None:
        for importer, imported, line in check.metadata["past_doors"]:
            output.print_error(f"- {importer} -> {imported} (l.{line}): import from {imported.rpartition('.')[0]}", bold=False)

    def _is_past_a_door(self, importer: str, imported: str) -> bool:
        package = imported.rpartition(".")[0]
        if not package or package in self.open_packages:  # type: ignore[operator]  # the field holds what it reads
            return False
        return not any(_inside(importer, home) for home in {package, *self.exempt_importers})  # type: ignore[misc]  # as above


def _inside(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")


def _imports(graph: ImportGraph) -> list[tuple[str, str, int]]:
    """Every import between modules of ours, with its line."""
    own = [module for module in graph.modules if not graph.is_module_squashed(module)]
    pairs = [(importer, imported) for importer in own for imported in graph.find_modules_directly_imported_by(importer) if imported in own]
    return [(*pair, int(graph.get_import_details(importer=pair[0], imported=pair[1])[0]["line_number"])) for pair in pairs]
