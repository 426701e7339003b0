"""`dinh demo`: the demonstration's people, and what it shows by itself."""

import sys
from typing import Annotated

import typer

from dinh.app.terminal import AsJson, answer, console, fail, settings
from dinh.kernel.settings import Settings

demo_commands = typer.Typer(no_args_is_help=True, help="The demonstration's people, and what it shows by itself.")


def show_accounts(chosen: Settings) -> None:
    from dinh.app.demo import accounts

    for account in accounts(chosen):
        where = f"{account.role:17} {account.username}  {account.password}  {account.address}"
        console.print(f"  {where}  {account.name}", highlight=False, soft_wrap=True)
    console.print("  one-time codes: .venv/bin/dinh demo code NUMBER", highlight=False)


@demo_commands.command("accounts")
def demo_accounts(json: AsJson = False) -> None:
    """Who can sign in to the demonstration, and how."""
    from dinh.app.demo import accounts, accounts_file

    chosen = settings()
    if not accounts_file(chosen).exists():
        fail("There are no accounts yet: start the demonstration first (make run).")
    if json:
        answer(accounts(chosen), "", json=True)
    else:
        show_accounts(chosen)


@demo_commands.command("code")
def demo_code(number: str) -> None:
    """The one-time code that the phone of a demonstration account would show now."""
    import pyotp

    from dinh.app.demo import accounts

    found = next((account for account in accounts(settings()) if account.username == number), None)
    if found is None:
        fail("No demonstration account has this number.")
    sys.stdout.write(pyotp.TOTP(found.totp_secret).now() + "\n")


@demo_commands.command("exchange")
def demo_exchange(
    keep: Annotated[bool, typer.Option("--keep", help="Leave the folder with homes, logs and containers.")] = False, json: AsJson = False
) -> None:
    """A registry and three agencies as installations of their own on this machine: they join, ask, are refused, fall and go on. About a minute."""
    from dinh.app.exchange_demo import run as run_demonstration

    scenes = run_demonstration(settings(), lambda line: console.print(line, highlight=False, soft_wrap=True, markup=False), keep=keep)
    answer(scenes, f"{len(scenes)} scenes, all as they should be.", json=json)
