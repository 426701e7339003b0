"""Ask another member's service through the node of one's own agency. Nothing but Python's standard library.

NODE=http://agency.localhost:8180 KEY=... CLIENT=VN/ORG/T12/app python3 client.py T11/residents/residents /residents/000001
"""

import json
import os
import sys
import time
import urllib.error
import urllib.request
from urllib.parse import urlsplit

ATTEMPTS, DOWN = 5, 503


class Refused(Exception):
    """The node or the provider said no: `problem` is RFC 9457's document, with a sentence for people in `detail`."""

    def __init__(self, status: int, problem: dict[str, object]) -> None:
        super().__init__(f"{status}: {problem.get('detail') or problem}")
        self.status, self.problem = status, problem


class Node:
    """The node of one's own agency. `client` is who asks, as instance/class/code/subsystem; `key` is what `dinh system admit` told once."""

    def __init__(self, address: str, client: str, key: str) -> None:
        self.address, self.client, self.key = address.rstrip("/"), client, key

    def get(self, service: str, path: str, **more: str) -> tuple[object, str]:
        """The answer, and the identifier by which its evidence is found. Waits and asks again while a part is down; never when it was refused.

        `more` are headers that the exchange signs with the question, such as X-Road-Id: a question of one's own numbering is taken once.
        """
        for attempt in range(ATTEMPTS):
            try:
                with urllib.request.urlopen(self._request(service, path, more), timeout=60) as answer:
                    return json.loads(answer.read()), answer.headers["X-Road-Id"]
            except urllib.error.HTTPError as error:
                if error.code != DOWN or attempt == ATTEMPTS - 1:
                    raise Refused(error.code, json.loads(error.read() or b"{}")) from error
                time.sleep(int(error.headers.get("Retry-After", 2)))
        raise AssertionError

    def _request(self, service: str, path: str, more: dict[str, str]) -> urllib.request.Request:
        headers = {"Dinh-Key": self.key, "X-Road-Client": self.client, "Accept": "application/json", **more}
        return urllib.request.Request(
            f"{reached(self.address)}/api/exchange/v1/ask/{service}{path}", headers={**headers, "Host": urlsplit(self.address).netloc}
        )


def reached(address: str) -> str:
    """Names below localhost are this machine's, also where no resolver knows them."""
    parts = urlsplit(address)
    return f"{parts.scheme}://127.0.0.1:{parts.port}" if (parts.hostname or "").endswith(".localhost") else address


if __name__ == "__main__":
    try:
        found, message = Node(os.environ["NODE"], os.environ["CLIENT"], os.environ["KEY"]).get(sys.argv[1], sys.argv[2])
    except Refused as refused:
        sys.exit(str(refused))
    print(json.dumps(found, ensure_ascii=False), message)
