"""The states of a print job as a table; an illegal move raises and changes nothing.

A job that has sent no body byte may wait, be cancelled and be tried again. Once a body byte left, only the
printer or a person can say how it ended: it is never sent again by the machine.
"""

from drivers.printer.protocol import JobState
from retail.errors import Conflict

OPEN: frozenset[JobState] = frozenset({"QUEUED", "BLOCKED", "SENDING", "CONFIRMED", "UNKNOWN"})
FINISHED: frozenset[JobState] = frozenset({"DONE", "SENT_UNVERIFIED", "CANCELLED"})

MOVES: dict[JobState, frozenset[JobState]] = {
    "QUEUED": frozenset({"BLOCKED", "SENDING", "CANCELLED"}),
    "BLOCKED": frozenset({"QUEUED", "BLOCKED", "SENDING", "CANCELLED"}),
    "SENDING": frozenset({"BLOCKED", "SENDING", "CONFIRMED", "DONE", "SENT_UNVERIFIED", "UNKNOWN"}),
    "CONFIRMED": frozenset({"DONE"}),
    "SENT_UNVERIFIED": frozenset({"DONE", "UNKNOWN"}),
    # A person says: it is on paper (DONE), or it is replaced by a copy (CANCELLED).
    "UNKNOWN": frozenset({"DONE", "CANCELLED"}),
    "DONE": frozenset(),
    "CANCELLED": frozenset(),
}
# Blocked in the middle: the printer holds the rest, so the job can neither be cancelled nor be sent anew.
BLOCKED_WITH_BODY: frozenset[JobState] = frozenset({"BLOCKED", "SENDING", "UNKNOWN"})


def move(old: JobState, new: JobState, *, body_left: bool) -> JobState:
    """The new state, or Conflict "spool.illegal_move"; `body_left`: a body byte may have left before."""
    allowed = BLOCKED_WITH_BODY if old == "BLOCKED" and body_left else MOVES[old]
    if new not in allowed:
        raise Conflict("spool.illegal_move", old=old, new=new, body_left=body_left)
    return new


def after_restart(state: JobState, *, body_left: bool) -> tuple[JobState, str]:
    """The state and reason of a job found at start-up: a process that died while sending knows nothing."""
    if state == "SENDING" or (state == "BLOCKED" and body_left):
        return "UNKNOWN", "job.unknown"
    if state == "CONFIRMED":
        return "DONE", "cut not confirmed"
    return state, ""
