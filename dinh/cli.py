"""The `dinh` command: verbs grouped by room."""

import asyncio
import sys
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from dinh.kernel import log
from dinh.kernel.errors import BadContent, BadSignature
from dinh.kernel.settings import Settings, load

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Đình: an open-source digital government.", pretty_exceptions_enable=False)
demo_commands = typer.Typer(no_args_is_help=True, help="The demonstration's people.")
verify_commands = typer.Typer(no_args_is_help=True, help="Check what must not have been changed.")
procedure_commands = typer.Typer(no_args_is_help=True, help="The country's procedures.")
population_commands = typer.Typer(no_args_is_help=True, help="The synthetic population.")
figures_commands = typer.Typer(no_args_is_help=True, help="Figures from events.")
app.add_typer(demo_commands, name="demo")
app.add_typer(verify_commands, name="verify")
app.add_typer(procedure_commands, name="procedure")
app.add_typer(population_commands, name="population")
app.add_typer(figures_commands, name="figures")
console = Console(stderr=True)
AsJson = Annotated[bool, typer.Option("--json", help="For machines.")]


def _settings() -> Settings:
    settings = load()
    log.set_up("warning" if settings.log_level == "info" else settings.log_level, pretty=sys.stderr.isatty())
    return settings


class _Bar:
    """Shows progress only for what takes long enough to want it."""

    def __init__(self, label: str) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed:,} / {task.total:,}"), TimeRemainingColumn())
        self._progress = Progress(*columns, console=console, transient=True)
        self._task = self._progress.add_task(label, total=1)
        self.started = time.perf_counter()
        self.made = 0

    def __call__(self, made: int, total: int) -> None:
        if not self.made:
            self._progress.start()
        self.made = made
        self._progress.update(self._task, completed=min(made, total), total=total)

    def close(self) -> None:
        if self.made:
            self._progress.stop()

    @property
    def rate(self) -> float:
        return self.made / max(time.perf_counter() - self.started, 0.001)


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
    lock, children, supervisor, bar = claim(settings), Children(only), None, _Bar("synthetic population")
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
    console.print(f"Đình is up after {seconds:.1f} s: [bold]http://localhost:{settings.port}[/bold]", highlight=False)
    if not settings.production:
        _show_accounts(settings)


def _show_accounts(settings: Settings) -> None:
    from dinh.app.demo import accounts

    for account in accounts(settings):
        where = f"{account.role:17} {account.username}  {account.password}  {account.address}"
        console.print(f"  {where}  {account.name}", highlight=False, soft_wrap=True)
    console.print("  one-time codes: .venv/bin/dinh demo code NUMBER", highlight=False)


@demo_commands.command("accounts")
def demo_accounts(json: AsJson = False) -> None:
    """Who can sign in to the demonstration, and how."""
    from dinh.app.demo import accounts, accounts_file

    settings = _settings()
    if not accounts_file(settings).exists():
        console.print("There are no accounts yet: start the demonstration first (make run).")
        raise typer.Exit(1)
    if json:
        import msgspec

        sys.stdout.write(msgspec.json.format(msgspec.json.encode(accounts(settings))).decode() + "\n")
    else:
        _show_accounts(settings)


@demo_commands.command("code")
def demo_code(number: str) -> None:
    """The one-time code that the phone of a demonstration account would show now."""
    import pyotp

    from dinh.app.demo import accounts

    found = next((account for account in accounts(_settings()) if account.username == number), None)
    if found is None:
        console.print("No demonstration account has this number.")
        raise typer.Exit(1)
    sys.stdout.write(pyotp.TOTP(found.totp_secret).now() + "\n")


@verify_commands.command("events")
def verify_events(node: Annotated[str | None, typer.Argument()] = None, json: AsJson = False) -> None:
    """Recompute every seal of the spine. Exit code 1 names the first event that was changed, removed or cut off."""
    from dinh.app.operations import verify_events as verify

    results = asyncio.run(verify(_settings(), node))
    if json:
        import msgspec

        sys.stdout.write(msgspec.json.encode([{"node": name, "events": size, "fault": fault} for name, size, fault in results]).decode() + "\n")
    for name, size, fault in results:
        if not json:
            console.print(f"{name}: {size:,} events sealed, all intact" if fault is None else f"[red]{name}: {fault}[/red]", highlight=False)
    if any(fault for _, _, fault in results):
        raise typer.Exit(1)


@procedure_commands.command("check")
def procedure_check(path: Annotated[Path | None, typer.Argument()] = None) -> None:
    """Read a procedure's file, or all content of the country, and say what is wrong by file, line and field."""
    from dinh.app.operations import check_content

    try:
        count = check_content(_settings(), path)
    except BadContent as error:
        console.print(f"[red]{error}[/red]", highlight=False)
        raise typer.Exit(1) from error
    console.print(f"in order: {count}")


@population_commands.command("create")
def population_create(persons: Annotated[int, typer.Option(min=1)] = 20_000) -> None:
    """Load a synthetic population, with its rate. Does nothing where there is one."""
    from dinh.app.operations import with_storage
    from dinh.app.supervisor import Supervisor

    bar = _Bar("synthetic population")

    async def load_population(supervisor: Supervisor) -> None:
        from dinh.app import demo, setup

        await setup.migrate(supervisor.settings, supervisor.say)
        await setup.prepare(supervisor.settings, supervisor.say)
        bar.started = time.perf_counter()
        await demo.populate(supervisor.settings, persons, bar)

    with_storage(_settings(), load_population)
    bar.close()
    console.print(f"{bar.made:,} persons, {bar.rate:,.0f} a second" if bar.made else "There is a population already.", highlight=False)


@figures_commands.command("rebuild")
def figures_rebuild() -> None:
    """Count every figure again from the first event."""
    from dinh.app.operations import rebuild_figures

    for node, read in asyncio.run(rebuild_figures(_settings())):
        console.print(f"{node}: {read:,} events read", highlight=False)


@app.command()
def backup(target: Path) -> None:
    """Save databases, files and keys of all nodes into a folder. Keys are kept once, newest only."""
    from dinh.app.backup import back_up

    console.print(f"saved in {asyncio.run(back_up(_settings(), target))}", highlight=False)


@app.command()
def restore(source: Path) -> None:
    """Bring back the newest backup of a folder into an installation that has no data yet."""
    from dinh.app.backup import bring_back

    try:
        asyncio.run(bring_back(_settings(), source))
    except (RuntimeError, BadSignature) as error:
        console.print(f"[red]{error}[/red]", highlight=False)
        raise typer.Exit(1) from error
    console.print("restored; a new epoch of seals begins", highlight=False)


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


def _fail(sentence: str) -> None:
    console.print(f"[red]{sentence}[/red]", highlight=False, soft_wrap=True)
    sys.exit(1)
