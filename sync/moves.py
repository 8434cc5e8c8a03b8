"""What the up machine is told and what it asks for, as plain values (see `sync.machine`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


class IllegalMove(RuntimeError):
    """The shell told the machine something that cannot happen in its state; nothing has changed."""


# -- what the machine is told ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Standing:
    """One incarnation, here and at HQ. `own_at_recv` is our hash at HQ's seq, None without such a link.

    `foreign`: another computer of this node wrote it, whose key is not here: nothing of it can be pushed.
    """

    inc: str
    current: bool
    own_seq: int
    recv_seq: int
    recv_hash: bytes
    own_at_recv: bytes | None
    purged_seq: int = 0
    fetched_seq: int = 0
    foreign: bool = False


@dataclass(frozen=True)
class Woke:
    """The armed timer rang, or the node has just started."""


@dataclass(frozen=True)
class Committed:
    """Our own log has grown; `own_seq` is the head of the current incarnation."""

    inc: str
    own_seq: int


@dataclass(frozen=True)
class Connected:
    """A session is open."""


@dataclass(frozen=True)
class Greeted:
    """HQ's signed answer to the hello, oldest incarnation first."""

    epoch: str
    standings: tuple[Standing, ...]
    events_max: int


@dataclass(frozen=True)
class Receipted:
    """A signed receipt; `agrees` when our own hash at its seq is the one it names. `own_seq` as of now."""

    inc: str
    seq: int
    epoch: str
    agrees: bool
    own_seq: int


@dataclass(frozen=True)
class Gapped:
    """HQ lacks links before the batch: it has 1..seq; `agrees` as above."""

    inc: str
    seq: int
    agrees: bool


@dataclass(frozen=True)
class Forked:
    """HQ has another link within the batch and has kept ours as evidence. It has 1..seq of its own."""

    inc: str
    seq: int


@dataclass(frozen=True)
class Refused:
    """HQ could not read an envelope of so many events."""

    events: int


@dataclass(frozen=True)
class Misunderstood:
    """HQ speaks no version of the protocol that the greeting offered."""


@dataclass(frozen=True)
class Compared:
    """Our hashes and HQ's at the seqs that were asked for, as far as each side has them."""

    inc: str
    own: Mapping[int, bytes]
    hq: Mapping[int, bytes]


@dataclass(frozen=True)
class Homed:
    """The tail was written anew."""


@dataclass(frozen=True)
class Fetched:
    """HQ's events up to `seq` are here; `more` when HQ has others behind."""

    inc: str
    seq: int
    more: bool


@dataclass(frozen=True)
class HelloAsked:
    """HQ does not know the incarnation that we push."""


@dataclass(frozen=True)
class Unauthorised:
    """The session has ended."""


@dataclass(frozen=True)
class Failed:
    """No usable answer; HQ may have said when to try again, or only that too many wait (`busy`)."""

    retry_after_ms: int | None = None
    busy: bool = False


Event = (
    Woke | Committed | Connected | Greeted | Receipted | Gapped | Forked | Refused | Misunderstood | Compared | Homed |
    Fetched
    | HelloAsked | Unauthorised | Failed
)  # fmt: skip


# -- what the machine asks for -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Connect:
    """Open a session."""


@dataclass(frozen=True)
class Greet:
    """Say hello."""


@dataclass(frozen=True)
class Push:
    """Send up to `events_max` events of `inc` behind `after_seq`."""

    inc: str
    after_seq: int
    events_max: int


@dataclass(frozen=True)
class Compare:
    """Ask HQ for its hashes at these seqs and look ours up."""

    inc: str
    seqs: tuple[int, ...]


@dataclass(frozen=True)
class Home:
    """One transaction: mint with `reason` unless that is None, abandon `inc` behind `common_seq`, relink."""

    inc: str
    common_seq: int
    reason: str | None


@dataclass(frozen=True)
class Fetch:
    """Get HQ's events of `inc` behind `after_seq` and keep them as replayed."""

    inc: str
    after_seq: int


@dataclass(frozen=True)
class Arm:
    """Wake me at this monotonic time, whatever else happens."""

    at_ms: int


@dataclass(frozen=True)
class Alarm:
    """Something a person should know."""

    code: str
    inc: str = ""


Command = Connect | Greet | Push | Compare | Home | Fetch | Arm | Alarm
