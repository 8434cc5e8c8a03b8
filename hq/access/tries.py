"""Where Flask-Limiter counts tries: in HQ's database, so that workers count together and a restart forgets none.

Keys are digests: a name that was typed may be somebody's password. What has ended is forgotten with the old sessions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from limits import RateLimitItem
from limits.storage import Storage
from limits.strategies import STRATEGIES, FixedWindowRateLimiter

from kit.crypto import token_digest
from kit.sql import Connection, run

if TYPE_CHECKING:
    from hq.running import Running

SCHEME = "lianpu"
WINDOW_MS_MAX = 3_600_000
"""The longest window of any limit. One that ends later than that from now was begun by a clock that was wrong: it is
over, or nobody could sign in until that date."""
OVER = "tries.until <= :now OR tries.until > :latest"


class ReadFirst(FixedWindowRateLimiter):
    """Who is over the limit is refused after a look: a flood from outside must not queue for SQLite's only writer."""

    def hit(self, item: RateLimitItem, *identifiers: str, cost: int = 1) -> bool:
        """Count a try; is it within the limit? What is refused after the look is not counted."""
        return self.test(item, *identifiers, cost=cost) and super().hit(item, *identifiers, cost=cost)


STRATEGIES[SCHEME] = ReadFirst  # how Flask-Limiter finds it by its name


class Tries(Storage):
    """Counters with an end, for limits with fixed windows; `hq` comes from Flask-Limiter's storage options."""

    STORAGE_SCHEME = [SCHEME]  # noqa: RUF012 — the name and shape are the library's

    def __init__(self, uri: str | None = None, wrap_exceptions: bool = False, **options: Any) -> None:
        super().__init__(uri, wrap_exceptions=wrap_exceptions)
        self._hq: Running = options["hq"]

    @property
    def base_exceptions(self) -> type[Exception]:
        """What counts as trouble of the storage itself: nothing is caught here, a busy database answers 503."""
        return Exception

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """One try more; a window begins with its first one. Returns how many it has now."""
        now, length = self._hq.clock.now_ms(), expiry * 1000
        assert length <= WINDOW_MS_MAX, "a limit with a longer window than is believed"
        with self._hq.db.write(durable=False) as connection:
            found = run(
                connection,
                "INSERT INTO tries (key, n, until) VALUES (:key, :n, :until) ON CONFLICT (key) DO UPDATE SET"
                f" n = CASE WHEN {OVER} THEN excluded.n ELSE tries.n + excluded.n END,"
                f" until = CASE WHEN {OVER} THEN excluded.until ELSE tries.until END RETURNING n",
                {"key": token_digest(key), "n": amount, "until": now + length} | _times(now),
            )
            return int(found.scalar_one())

    def get(self, key: str) -> int:
        """How many tries the window has."""
        return self._found(key)[0]

    def get_expiry(self, key: str) -> float:
        """When it ends, in seconds since 1970."""
        return self._found(key)[1] / 1000

    def check(self) -> bool:
        """The database is asked by whoever counts; there is nothing else to look at."""
        return True

    def reset(self) -> int | None:
        """Forget every window."""
        with self._hq.db.write() as connection:
            return run(connection, "DELETE FROM tries").rowcount

    def clear(self, key: str) -> None:
        """Forget one window."""
        with self._hq.db.write() as connection:
            run(connection, "DELETE FROM tries WHERE key = :key", {"key": token_digest(key)})

    def _found(self, key: str) -> tuple[int, int]:
        now = self._hq.clock.now_ms()
        row = self._hq.db.row(
            f"SELECT n, until FROM tries WHERE key = :key AND NOT ({OVER})",
            {"key": token_digest(key)} | _times(now),
        )
        return (0, now) if row is None else (int(row[0]), int(row[1]))


def forget_ended(connection: Connection, now_ms: int) -> None:
    """Windows that are over."""
    run(connection, f"DELETE FROM tries WHERE {OVER}", _times(now_ms))


def _times(now_ms: int) -> dict[str, int]:
    return {"now": now_ms, "latest": now_ms + WINDOW_MS_MAX}
