"""The signer: the only process that opens private keys.

It listens on a Unix socket in a 0700 directory and looks at the kernel's word for who
is calling (SO_PEERCRED).  Run it as `python -m dinh.trust.signer.process`; the master secret comes
from a file, never from the environment or the command line, where others can read it.
"""

import argparse
import asyncio
import ctypes
import os
import signal
import socket
import struct
import time
from pathlib import Path

import msgspec
import uvloop

from dinh.trust.signer import wire
from dinh.trust.signer.keystore import HandleTaken, KeyStore, KeyUnreadable, UnknownHandle
from dinh.trust.signer.tickets import SpentTickets, TicketError, TicketGate

_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4


class Signer:
    """Answers requests; knows nothing of sockets."""

    def __init__(self, store: KeyStore, gate: TicketGate) -> None:
        self._store = store
        self._gate = gate

    def answer(self, body: bytes) -> wire.Answer:
        """No await between spending a ticket and signing: two callers cannot interleave."""
        try:
            return self._do(wire.requests.decode(body))
        except UnknownHandle as error:
            return wire.Refusal("unknown_key", f"no key {error}")
        except TicketError as error:
            return wire.Refusal("ticket_refused", str(error))
        except (HandleTaken, KeyUnreadable) as error:
            return wire.Refusal("conflict", str(error))
        except msgspec.DecodeError as error:
            return wire.Refusal("bad_request", str(error))

    def _do(self, request: wire.Request) -> wire.Answer:
        match request:
            case wire.Create(handle, kind):
                return wire.PublicKey(self._store.create(handle, kind).public_pem())
            case wire.Public(handle):
                return wire.PublicKey(self._store.get(handle).public_pem())
            case wire.Sign():
                return self._sign(request)

    def _sign(self, request: wire.Sign) -> wire.Signature:
        key = self._store.get(request.handle)
        if key.kind == "person":
            self._gate.admit(request.ticket, request.handle, request.subject)
        return wire.Signature(wire.ALGORITHMS[request.hash_name], key.sign(request.digest, request.hash_name))


class Doorkeeper:
    """Serves one connection after another for callers with an allowed user id."""

    def __init__(self, signer: Signer, allowed: frozenset[int]) -> None:
        self._signer = signer
        self._allowed = allowed
        self._visits: dict[asyncio.Task[None] | None, asyncio.StreamWriter] = {}

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        visit = asyncio.current_task()
        self._visits[visit] = writer
        try:
            if _caller(writer) not in self._allowed:
                await wire.write_frame(writer, wire.Refusal("forbidden", "this user may not sign"))
                return
            while True:
                await wire.write_frame(writer, self._signer.answer(await wire.read_frame(reader)))
        except (asyncio.IncompleteReadError, ConnectionError, ValueError):
            pass
        finally:
            writer.close()
            del self._visits[visit]

    async def close(self) -> None:
        """Let answers under way leave, then end; cancelled stream tasks would print tracebacks."""
        visits = [task for task in self._visits if task is not None]
        for writer in self._visits.values():
            writer.close()
        if visits:
            await asyncio.wait(visits, timeout=1)


def _caller(writer: asyncio.StreamWriter) -> int:
    """The user id the kernel recorded when the caller connected."""
    raw: bytes = writer.get_extra_info("socket").getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    _pid, uid, _gid = struct.unpack("3i", raw)
    return int(uid)


def forbid_peeking() -> None:
    """Other processes of the same user can then neither ptrace this one nor get its core dump."""
    if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_DUMPABLE)")


async def listen(path: Path, doorkeeper: Doorkeeper) -> asyncio.Server:
    """A listening socket; a stale one is removed, which the store's lock has made safe."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.parent.chmod(0o700)
    path.unlink(missing_ok=True)
    return await asyncio.start_unix_server(doorkeeper.serve, path)


async def run(path: Path, doorkeeper: Doorkeeper) -> None:
    """Serve until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    server = await listen(path, doorkeeper)
    await stop.wait()
    server.close()
    await doorkeeper.close()
    path.unlink(missing_ok=True)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--socket", type=Path, required=True)
    parser.add_argument("--store", type=Path, required=True, help="directory of key files")
    parser.add_argument("--secret", type=Path, required=True, help="file with the master secret")
    parser.add_argument("--issuer", type=Path, required=True, help="PEM public key of the ticket issuer")
    chosen = parser.parse_args(arguments)
    forbid_peeking()
    die_with_parent()
    store = KeyStore(chosen.store, chosen.secret.read_bytes().strip())
    gate = TicketGate(chosen.issuer, SpentTickets(chosen.store / "spent.txt", time.time()))
    uvloop.run(run(chosen.socket, Doorkeeper(Signer(store, gate), frozenset({os.getuid()}))))


def die_with_parent() -> None:
    """The supervisor's end is ours: the kernel sends SIGTERM even if it was killed."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGTERM), 0, 0, 0)


if __name__ == "__main__":
    main()
