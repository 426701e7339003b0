"""SMS by any gateway that takes a POST, or by a small adapter in front of one."""

import ssl

import httpx

from dinh.notices.delivery import rules
from dinh.notices.outbox import Attempt, NotSent, Outcome

TIMEOUT_SECONDS = 5
# What says that this message will never be taken, and that the number takes none. Everything else may pass: our own token, rights and address.
NEVER = frozenset({400, 413, 422})
NO_SUCH_NUMBER = 410


class HttpSms:
    """Posts `{"to", "text", "encoding", "segments"}` with a bearer token; the answer is `{"id"}`.

    `Idempotency-Key` is the same when the same message is sent again.
    """

    def __init__(self, url: str, token: str) -> None:
        if not url.startswith(("http://", "https://")):
            raise ValueError("expected https://host/path")
        self._url, self._token, self._context = url, token, ssl.create_default_context()

    async def send(self, phone: str, text: str, key: str) -> str:
        split = rules.parts(text)
        body = {"to": phone, "text": text, "encoding": split.encoding, "segments": len(split.texts)}
        headers = {"idempotency-key": key} | ({"authorization": f"Bearer {self._token}"} if self._token else {})
        try:
            async with httpx.AsyncClient(timeout=TIMEOUT_SECONDS, verify=self._context, trust_env=False) as client:
                response = await client.post(self._url, json=body, headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise NotSent(Attempt("again", f"http_{type(error).__name__}")) from error
        if not response.is_success:
            raise NotSent(Attempt(_outcome(response.status_code), f"http_{response.status_code}"))
        return _id_of(response)


def _outcome(status: int) -> Outcome:
    if status == NO_SUCH_NUMBER:
        return "bounced"
    return "refused" if status in NEVER else "again"


def _id_of(response: httpx.Response) -> str:
    """An answer without a number is a message that was taken all the same."""
    try:
        found = response.json()
    except ValueError:
        return ""
    return str(found.get("id", ""))[:100] if isinstance(found, dict) else ""
