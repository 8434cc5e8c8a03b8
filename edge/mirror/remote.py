"""A mirror on another PC of the store: the process `lianpu-edge mirror`, asked over the store's own network."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec
import requests

from edge.mirror.letters import (
    BODY_BYTES_MAX,
    MAC_HEADER,
    NONCE_HEADER,
    PREFIX,
    Ask,
    Said,
    mac_of_answer,
    mac_of_ask,
)
from edge.mirror.model import Life, MirrorTrouble, Owner, Record, Standing
from kit.clock import SystemClock
from kit.crypto import equal, random_bytes
from retail.clock import Clock
from retail.errors import NetworkError
from sync.transport import read_answer

SECONDS = (3.0, 10.0)  # to connect, to say something
ANSWER_MS = 30_000  # to say all of it
Send = Callable[[str, dict[str, str], bytes], tuple[dict[str, str], bytes]]
"""(path, headers, body) → (headers, body) of the answer.

Raises OSError without a line, `NetworkError` for an answer that no mirror gives.
"""


class Remote:
    """`secret` is what the other PC showed when it was started for the first time."""

    def __init__(self, url: str, secret: str, owner: Owner, send: Send | None = None) -> None:
        self.owner = owner
        self._secret = secret
        self._send = send or over_http(url.rstrip("/"))

    def standings(self, known: Sequence[Life] = ()) -> list[Standing]:
        """All lives there."""
        said = self._ask("standings", Ask(owner=self.owner, known=list(known)))
        return said.standings

    def append(self, life: Life, prev: bytes, records: Sequence[Record]) -> None:
        """Durable there on return."""
        self._ask("append", Ask(owner=self.owner, life=life, prev=prev, records=list(records)))

    def piece(self, life: Life, after_seq: int) -> list[Record]:
        """At most a mebibyte."""
        return self._ask("piece", Ask(owner=self.owner, life=life, seq=after_seq)).records

    def forget(self, life: Life, up_to: int) -> None:
        """Whole segments there."""
        self._ask("forget", Ask(owner=self.owner, life=life, seq=up_to))

    def _ask(self, name: str, ask: Ask) -> Said:
        path, body, nonce = PREFIX + name, msgspec.json.encode(ask), random_bytes(16).hex()
        headers = {NONCE_HEADER: nonce, MAC_HEADER: mac_of_ask(self._secret, nonce, path, body)}
        try:
            answered, raw = self._send(path, headers, body)
        except OSError as error:  # those of requests are OSErrors, too
            raise MirrorTrouble("unreachable", type(error).__name__) from error
        except NetworkError as error:
            raise MirrorTrouble("refused", str(error)) from error
        if not equal(answered.get(MAC_HEADER.lower(), ""), mac_of_answer(self._secret, nonce, raw)):
            raise MirrorTrouble("refused", "the other side does not prove the secret")
        try:
            said = msgspec.json.decode(raw, type=Said)
        except msgspec.DecodeError as error:
            raise MirrorTrouble("refused", "unreadable answer") from error
        if said.trouble:
            raise MirrorTrouble(said.trouble, said.why)
        return said


def over_http(base: str, clock: Clock | None = None) -> Send:
    """A line to this address. Whoever is there has proven nothing yet: size and time of what is said are bounded."""
    time = clock or SystemClock()
    session = requests.Session()
    session.trust_env = False  # a proxy of the environment must not see a store's log
    session.headers["Accept-Encoding"] = "identity"

    def send(path: str, headers: dict[str, str], body: bytes) -> tuple[dict[str, str], bytes]:
        answer = session.post(
            base + path, data=body, headers=headers, timeout=SECONDS, allow_redirects=False, stream=True
        )
        begun_ms = time.monotonic_ms()

        def in_time() -> None:
            if time.monotonic_ms() - begun_ms > ANSWER_MS:
                raise TimeoutError

        with answer:
            raw = read_answer(answer, BODY_BYTES_MAX, in_time)
        return {name.lower(): value for name, value in answer.headers.items()}, raw

    return send
