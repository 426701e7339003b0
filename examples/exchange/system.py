"""A small information system of an agency, as it may exist already: plain HTTP, no word of the exchange. Its node calls it with what other members ask.

python3 examples/exchange/system.py 8000
"""

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

RESIDENTS = {
    "000001": {"number": "000001", "name": "Example Person", "ward": "Ward One"},
    "000002": {"number": "000002", "name": "Another Person", "ward": "Ward Two"},
}


class System(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        # The node has checked who asks and what for before it came here: X-Road-Client says who it was.
        _, _, number = self.path.partition("/residents/")
        found = RESIDENTS.get(number)
        self._answer(200, found) if found else self._answer(404, {"title": "not known here"})

    def do_POST(self) -> None:
        said = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"{}")
        known = self.path == "/moves" and said.get("number") in RESIDENTS
        self._answer(202, {"taken": True}) if known else self._answer(404, {"title": "not known here"})

    def _answer(self, status: int, body: object) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        return


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), System).serve_forever()
