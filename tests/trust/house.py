"""What tests of trust stand on: a real signer on a socket, keys in its store, an authority; and other people's files."""

import datetime as dt
import os
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest
from cryptography import x509

from dinh.trust import Authority, SignerClient, create_root
from dinh.trust.signer.keystore import KeyStore
from dinh.trust.signer.process import Doorkeeper, Signer, listen
from dinh.trust.signer.tickets import SpentTickets, TicketGate
from tests.walls.source import ROOT

EXTERNAL = ROOT.parent / "shared" / "data" / "external"
HANDLE = "agency.a01"


class House(msgspec.Struct):
    folder: Path
    client: SignerClient
    authority: Authority
    member: x509.Certificate

    @property
    def root(self) -> x509.Certificate:
        return self.authority.certificate


@asynccontextmanager
async def create(folder: Path) -> AsyncIterator[House]:
    spent = SpentTickets(folder / "spent.txt", 0)
    gate = TicketGate(folder / "issuer.pem", spent)
    doorkeeper = Doorkeeper(Signer(KeyStore(folder / "keys", b"a secret of the tests"), gate), frozenset({os.getuid()}))
    server = await listen(folder / "run" / "signer.sock", doorkeeper)
    async with SignerClient(folder / "run" / "signer.sock") as client:
        root = await create_root(client, "seal.root", "xx", "Office of the Example & <Others>", "Example Root")
        authority = Authority(client, "seal.root", root, "xx")
        yield House(folder, client, authority, await authority.issue_seal(HANDLE, "Ministry of Examples", "A01"))
    server.close()
    await doorkeeper.close()
    spent.close()


def external(*parts: str) -> Path:
    """A file or folder of other people's; the test says so where it is absent."""
    path = EXTERNAL.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"{'/'.join(parts)} is not there: other people's files are not kept in this repository")
    return path


def tool(*command: str | Path, folder: Path) -> subprocess.CompletedProcess[str]:
    """An independent tool of Debian (.ci/debian.txt)."""
    return subprocess.run([str(part) for part in command], cwd=folder, check=False, capture_output=True, text=True)


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
