"""The `dinh` command: verbs grouped by room."""

import asyncio
import time
from pathlib import Path
from typing import Annotated

import typer

from dinh.app.commands import agency_commands, certificate_commands, service_commands, system_commands
from dinh.app.demo_commands import demo_commands, show_accounts
from dinh.app.terminal import AsJson, Bar, console
from dinh.app.terminal import answer as _answer
from dinh.app.terminal import fail as _fail
from dinh.app.terminal import settings as _settings
from dinh.app.verifying import head_commands, verify_commands
from dinh.kernel.errors import BadContent, BadSignature
from dinh.kernel.settings import Settings

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Đình: an open-source digital government.", pretty_exceptions_enable=False)


def _group(name: str, help_text: str) -> typer.Typer:
    app.add_typer(group := typer.Typer(no_args_is_help=True, help=help_text), name=name)
    return group


procedure_commands = _group("procedure", "The country's procedures.")
population_commands = _group("population", "The synthetic population.")
figures_commands = _group("figures", "Figures from events.")
registers_commands = _group("registers", "The registers' quality.")
operator_commands = _group("operator", "Who operates a node.")
data_commands = _group("data", "Data about people.")
retention_commands = _group("retention", "Records whose time is over.")
app.add_typer(verify_commands, name="verify")
app.add_typer(head_commands, name="head")
app.add_typer(demo_commands, name="demo")
app.add_typer(agency_commands, name="agency")
app.add_typer(service_commands, name="service")
app.add_typer(system_commands, name="system")
app.add_typer(certificate_commands, name="certificates")


@app.command()
def run() -> None:
    """Start everything: database, signer, three nodes, worker. The first start also makes the demonstration's people."""
    _run(None)


@app.command()
def serve(node: Annotated[str, typer.Argument(help="The code of a node of the country.")]) -> None:
    """Start one node alone."""
    _run(node)


def _run(only: str | None) -> None:
    from dinh.app.children import Children, check_port, wait_for_page
    from dinh.app.places import claim

    settings, started = _settings(), time.perf_counter()
    check_port(settings)
    lock, children, supervisor, bar = claim(settings), Children(only), None, Bar("synthetic population")
    try:
        children.start_signer(settings)
        children.start_web(settings)
        from dinh.app.supervisor import Supervisor

        supervisor = Supervisor(settings, lambda line: console.print(f"  {line}", highlight=False), only, children)
        supervisor.start_storage()
        asyncio.run(supervisor.set_up(bar))
        bar.close()
        supervisor.open()
        wait_for_page(settings)
        _welcome(settings, time.perf_counter() - started)
        supervisor.watch()
    finally:
        bar.close()
        (supervisor or children).stop()
        lock.close()


def _welcome(settings: Settings, seconds: float) -> None:
    console.print(f"Đình is up after {seconds:.1f} s: [bold]http://{_host(settings)}:{settings.port}[/bold]", highlight=False)
    if not settings.production and (settings.home / "demo-accounts.json").exists():
        show_accounts(settings)


def _host(settings: Settings) -> str:
    from dinh.kernel import country

    return next((plan.host for plan in country.of(settings).hosted.values() if country.node_file(settings).exists()), "localhost")


@procedure_commands.command("check")
def procedure_check(path: Annotated[Path | None, typer.Argument()] = None, json: AsJson = False) -> None:
    """Read a procedure's file, or all procedures of the country, and say what is wrong by file, line and field."""
    from dinh.app.operations import check_content

    try:
        count = check_content(_settings(), path)
    except BadContent as error:
        fault = {"file": error.file, "line": error.line, "field": error.field, "expected": error.expected}
        _answer({"procedures": 0, "fault": fault}, f"[red]{error}[/red]", json=json)
        raise typer.Exit(1) from error
    _answer({"procedures": count, "fault": None}, f"in order: {count}", json=json)


@population_commands.command("create")
def population_create(persons: Annotated[int, typer.Option(min=1)] = 20_000, json: AsJson = False) -> None:
    """Load a synthetic population, with its rate. Does nothing where there is one."""
    from dinh.app.operations import with_storage
    from dinh.app.supervisor import Supervisor

    bar = Bar("synthetic population")

    async def load_population(supervisor: Supervisor) -> None:
        from dinh.app import demo, setup

        await setup.migrate(supervisor.settings, supervisor.say)
        await setup.prepare(supervisor.settings, supervisor.say)
        bar.started = time.perf_counter()
        await demo.populate(supervisor.settings, persons, bar)

    with_storage(_settings(), load_population)
    bar.close()
    words = f"{bar.made:,} persons, {bar.rate:,.0f} a second" if bar.made else "There is a population already."
    _answer({"persons": bar.made, "rate": round(bar.rate) if bar.made else 0}, words, json=json)


@registers_commands.command("measure")
def registers_measure(json: AsJson = False) -> None:
    """Measure the quality of every register now, without waiting for the night."""
    from dinh.app.operations import measure_registers

    found = asyncio.run(measure_registers(_settings()))
    words = "\n".join(f"{register}: {records:,} records measured in {seconds} s" for register, records, seconds in found)
    _answer([{"register": register, "records": records, "seconds": seconds} for register, records, seconds in found], words, json=json)


@figures_commands.command("rebuild")
def figures_rebuild(json: AsJson = False) -> None:
    """Count every figure again from the first event."""
    from dinh.app.operations import rebuild_figures

    found = asyncio.run(rebuild_figures(_settings()))
    _answer([{"node": node, "events": read} for node, read in found], "\n".join(f"{node}: {read:,} events read" for node, read in found), json=json)


@operator_commands.command("add")
def operator_add(node: str, number: str, json: AsJson = False) -> None:
    """Entrust a node to the person whose account has this number: they may open /operator there."""
    _change_operator(node, number, add=True, json=json)


@operator_commands.command("remove")
def operator_remove(node: str, number: str, json: AsJson = False) -> None:
    """Relieve a person of a node: they are out at their next request."""
    _change_operator(node, number, add=False, json=json)


def _change_operator(node: str, number: str, *, add: bool, json: bool) -> None:
    from dinh.app.operations import change_operator

    asyncio.run(change_operator(_settings(), node, number, add=add))
    _answer({"node": node, "operates": add}, f"{node}: {'entrusted' if add else 'relieved'}", json=json)


@operator_commands.command("reference")
def operator_reference(number: str, json: AsJson = False) -> None:
    """By which nodes of agencies with installations of their own know a person: for dinh operator add there."""
    from dinh.app.operations import reference

    found = asyncio.run(reference(_settings(), number))
    _answer({"reference": found}, found, json=json)


@operator_commands.command("list")
def operator_list(node: Annotated[str | None, typer.Argument()] = None, json: AsJson = False) -> None:
    """Who operates which node, by reference, and since when."""
    from dinh.app.operations import operators

    found = asyncio.run(operators(_settings(), node))
    lines = [f"{code}: {one.person} since {one.since:%Y-%m-%d %H:%M} UTC" for code, one in found]
    _answer([{"node": code, "person": one.person, "since": one.since} for code, one in found], "\n".join(lines) or "Nobody yet.", json=json)


@app.command()
def doctor(json: AsJson = False) -> None:
    """Look at this machine and what was set up on it, and say what to do. Exit code 0: all is well, 1: a warning, 2: something is bad."""
    from dinh.app.doctor import Finding, examine, worst

    found: list[Finding] = []
    colours = {"ok": "green", "warning": "yellow", "bad": "red"}
    with console.status("looking") as status:

        def tell(finding: Finding) -> None:
            found.append(finding)
            status.update(f"looking: after {finding.area}")
            if not json:
                todo = f" {finding.todo}." if finding.todo else ""
                line = f"[{colours[finding.level]}]{finding.level:7}[/] {finding.area}: {finding.words}.{todo}"
                console.print(line, highlight=False, soft_wrap=True)

        examine(_settings(), tell)
    if json:
        _answer(found, "", json=True)
    raise typer.Exit(worst(found))


@app.command()
def upgrade(
    contract: Annotated[bool, typer.Option("--contract", help="Take away what only earlier releases need. Every process must be new.")] = False,
    backup: Annotated[Path | None, typer.Option(help="Where to save first. Default: DINH_BACKUPS, else in DINH_HOME.")] = None,
    no_backup: Annotated[bool, typer.Option("--no-backup", help="Save nothing first.")] = False,
    json: AsJson = False,
) -> None:
    """Bring the data of all nodes to this release. Stops nothing: the processes of the release before run on."""
    from dinh.app import upgrade as upgrades
    from dinh.app.operations import with_running_storage
    from dinh.app.pending import Step
    from dinh.app.places import is_running

    settings = _settings()

    async def work() -> list[Step]:
        def say(line: str) -> None:
            console.print(f"  {line}", highlight=False, soft_wrap=True)

        saved = None if no_backup else backup or settings.backup_folder
        return await (upgrades.contract(settings, say) if contract else upgrades.expand(settings, say, saved))

    ran = is_running(settings)
    steps = with_running_storage(settings, work)
    waiting = sorted({name for step in steps for name in step.contract})
    words = "The data are at this release." + (" Restart what runs: make run." if ran and not contract else "")
    words += f" Once every process is new: dinh upgrade --contract ({', '.join(waiting)})." if waiting else ""
    _answer(steps, words, json=json)


@data_commands.command("register")
def data_register(json: AsJson = False) -> None:
    """What is kept about people: every column with personal data, its kind, basis and time, and every kind of event that refers to someone."""
    from dinh.app.operations import data_register as declared
    from dinh.app.processing import summary

    found = declared(_settings())
    _answer(found, "\n".join(summary(found)), json=json)


@retention_commands.command("run")
def retention_run(
    apply: Annotated[bool, typer.Option("--apply/--dry-run", help="Dispose. Without it: say what would go.")] = False,
    backup: Annotated[Path | None, typer.Option(help="Backups whose keys are saved anew. Default: DINH_BACKUPS, else in DINH_HOME.")] = None,
    json: AsJson = False,
) -> None:
    """Find the records whose time is over and dispose of them; prove that they cannot be read any more. Exit code 1 when that cannot be proved."""
    from dinh.app.operations import run_retention
    from dinh.app.retention import summary

    reports = asyncio.run(run_retention(_settings(), backup, apply=apply))
    _answer(reports, "\n".join(line for report in reports for line in summary(report)), json=json)
    if any(report.proof and not report.proof.holds for report in reports):
        raise typer.Exit(1)


@retention_commands.command("hold")
def retention_hold(
    code: Annotated[str | None, typer.Argument(help="A case. Without one: list what is kept.")] = None,
    reference: Annotated[str | None, typer.Option(help="The number of the order. Without it, the hold is lifted.")] = None,
    json: AsJson = False,
) -> None:
    """Keep a case by order of an authority, whatever its class says; or, without an order, no longer."""
    from dinh.app.operations import change_hold

    found = asyncio.run(change_hold(_settings(), code, reference))
    _answer(found, "\n".join(f"{one.case} by {one.reference} since {one.placed_at:%Y-%m-%d}" for one in found) or "Nothing is held.", json=json)


@app.command()
def backup(target: Path, json: AsJson = False) -> None:
    """Save databases, files and keys of all nodes into a folder. Keys are kept once, newest only."""
    from dinh.app.backup import back_up

    folder = asyncio.run(back_up(_settings(), target))
    _answer({"folder": str(folder)}, f"saved in {folder}", json=json)


@app.command()
def restore(
    source: Path, check: Annotated[bool, typer.Option("--check", help="Only see whether it could be.")] = False, json: AsJson = False
) -> None:
    """Bring back the newest backup of a folder into an installation that has no data yet."""
    from dinh.app.backup import bring_back
    from dinh.app.backup import check as check_backup

    if check:
        folder, files = asyncio.run(check_backup(_settings(), source))
        _answer({"folder": str(folder), "files": files}, f"{folder} can be brought back: {files:,} files as they were written", json=json)
        return
    asyncio.run(bring_back(_settings(), source))
    _answer({"restored": str(source)}, "restored; a new epoch of seals begins", json=json)


def main() -> None:
    """An expected fault is a sentence; anything else keeps its traceback."""
    import msgspec

    try:
        app()
    except (BadContent, BadSignature, RuntimeError, msgspec.ValidationError) as error:
        _fail(str(error))
    except (FileNotFoundError, ConnectionError) as error:
        _fail(f"nothing runs here yet: start it with `make run` ({error.filename or error})")
    except Exception as error:
        if type(error).__name__ not in {"SignerUnavailable", "Unavailable"}:
            raise
        _fail("nothing runs here: start it with `make run`")
