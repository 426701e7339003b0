"""What app plugs into a node so that it can follow the registry."""

import httpx


class Source:
    """Where the registry answers, and the client that reaches it."""

    def __init__(self, url: str, http: httpx.AsyncClient) -> None:
        self.url, self.http = url, http
