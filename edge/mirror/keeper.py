"""The service: finds the place, compares once, then copies after each commit. Selling never waits for it.

`turn` is one look, also for tests; the thread takes turns: after every commit, each minute, every five seconds while
the place is in trouble. Whatever fails is a state that screens, doctor and HQ's fleet page show, and is tried again.
A place that hangs takes the turn with it: who asks for the state, or for a copy, hears it from the clock.
"""

from __future__ import annotations

import threading
from concurrent.futures import Future, wait
from pathlib import Path
from typing import Any

from edge.journal.draft import Draft
from edge.journal.repository import get_meta, set_meta
from edge.mirror import copies, reading, recover
from edge.mirror.folder import Folder
from edge.mirror.holes import PIECE_EVENTS, Holes, sealed
from edge.mirror.keys import Keys
from edge.mirror.model import MirrorTrouble, Owner, Place
from edge.mirror.remote import Remote
from edge.mirror.watched import Watched
from edge.scrub.truth import Truth
from edge.syncing import identity as identities
from edge.syncing import outbox
from kit.crypto import fingerprint
from kit.db import IntegrityError
from kit.logs import logger
from retail.errors import LianpuError
from sync.transport import Transport

log = logger("lianpu.mirror")
FIRST_LOOK_SECONDS = 5.0  # the server waits so long for the comparison before it serves the till
QUIET_SECONDS, TROUBLE_SECONDS = 60.0, 5.0
AGAIN_MS = 60_000  # what is held up is asked for again so often, and not with every sale
HANGS_MS = 60_000  # one call: a slow stick syncs a piece in less
ASK_SECONDS = 1.0  # so often it is asked whether the place hangs
SEEN = "mirror_seen"  # meta: when the mirror last had everything
SEEN_EVERY_MS = 10 * 60_000
READY, OFF = "ready", "none"


class Mirror:
    """The mirror of one node. Safe to make before enrolment and without any setting."""

    def __init__(self, node: Any, place: Place | None = None, transport: Transport | None = None) -> None:
        self.node = node
        self.state = OFF
        self.why = ""
        self.brought_back = 0
        self._scrubbed = False
        self._gaps: list[tuple[str, int, int]] = []
        self._held = ""  # why a life of another computer waits
        self._compared_at = 0
        self._rotten: list[tuple[str, int, int]] = []
        self._holes = Holes(node)
        self._place = place
        self._watched: Watched | None = None
        self._hung = False
        self._keys = Keys(node, transport)
        self._copied: dict[str, int] | None = None  # None until the place was found and compared
        self._forgotten: dict[str, int] = {}
        self._wake = threading.Event()
        self._looked = threading.Event()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._turning = threading.Lock()
        node.journal.on_commit(self._committed)
        node.mirror = self

    @property
    def wanted(self) -> bool:
        """Is there a setting, or a place that was given?"""
        config = self.node.config
        return self._place is not None or bool(config.mirror_path or config.mirror_url)

    # -- Service ---------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin; the comparison comes before the first sale when the place answers within five seconds."""
        if not self.wanted:
            return
        self._stopping.clear()
        self._thread = threading.Thread(target=self._run, name="mirror", daemon=True)
        self._thread.start()
        self._looked.wait(FIRST_LOOK_SECONDS)

    def stop(self) -> None:
        """End the thread after its piece."""
        self._stopping.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join(FIRST_LOOK_SECONDS)
            self._thread = None

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._wake.clear()
            fine = self.turn()
            self._looked.set()
            self._wake.wait(QUIET_SECONDS if fine else TROUBLE_SECONDS)

    def _committed(self, draft: Draft) -> None:
        if draft.recorded and (self._copied is not None or not self._thread):
            self._wake.set()  # in trouble the thread looks by itself, not with every sale

    # -- a turn ----------------------------------------------------------------------------------------

    def turn(self) -> bool:
        """Look, bring back, copy all there is; False when the place is in trouble. Never raises."""
        if not self.wanted or not self.node.enrolled:
            return True
        with self._turning:
            try:
                self._attach()
                self._copy()
                if self._held:
                    return self._wrong("waiting", self._held)
                self._fine()
            except MirrorTrouble as error:
                return self._trouble(error.state, str(error))
            except LianpuError as error:  # no key yet, and HQ cannot be asked; a full disk
                return self._trouble("waiting", str(error))
            except IntegrityError as error:  # rows here that no event vouches for stand in the way (ES-12)
                self._scrub_once()
                return self._trouble("failed", str(error))
            except Exception as error:  # noqa: BLE001 — the outermost loop of this thread; selling goes on
                log.error("mirror.failed", exc_info=error)
                return self._trouble("failed", type(error).__name__)
            return True

    def _scrub_once(self) -> None:
        """The scrub takes such rows away; the next look brings back what belongs there."""
        if not self._scrubbed:
            self._scrubbed = self.node.scrubber.begin(repair=True)

    def _trouble(self, state: str, why: str) -> bool:
        self._copied = None
        return self._wrong(state, why)

    def _wrong(self, state: str, why: str) -> bool:
        if state != self.state:
            log.error("mirror.trouble", state=state, why=why)
        self.state, self.why = state, why
        return False

    def _fine(self) -> None:
        now = self.node.clock.now_ms()
        gaps = [*self._gaps, *self._holes.lost, *self._rotten]
        state = "damaged" if gaps else READY
        if self.state != state:
            log.info("mirror.copied", state=state)
        if self.state != state or now - (self.seen_at or 0) >= SEEN_EVERY_MS:
            with self.node.journal.writing() as tx:
                set_meta(tx, SEEN, str(now))
        gone = "; ".join(f"{inc}: {first} to {last} cannot be read" for inc, first, last in gaps)
        self.state, self.why, self._scrubbed = state, gone, False

    def _attach(self) -> None:
        if self._copied is not None and not self._asks_again():
            return
        with self.node.db.read() as tx:
            known = reading.known_lives(tx, self.node.key.public)
        place = self._there()
        standings = place.standings(known)
        self._keys.seal(self.node.key.public)
        brought = recover.bring_back(self.node, place, standings, self._keys)
        self.brought_back, self._gaps = self.brought_back + len(brought.ids), brought.gaps
        self._held, self._compared_at = str(brought.held or ""), self.node.clock.monotonic_ms()
        own = [one for one in standings if one.life.device == self.node.key.public]
        self._copied = {one.life.inc: one.seq for one in own}
        self._forgotten = {}  # it may be another stick, on which the purged part still lies

    def _there(self) -> Watched:
        if self._watched is None:
            self._place = self._place or place_of(self.node)
            self._watched = Watched(self._place, self.node.clock)
        return self._watched

    def _asks_again(self) -> bool:
        return bool(self._held) and self.node.clock.monotonic_ms() - self._compared_at >= AGAIN_MS

    def _copy(self) -> None:
        with self.node.db.read() as tx:
            logs = reading.own_logs(tx, self.node.key.public)
        self._rotten = []
        for one in logs:
            self._forget(one)
            self._copy_log(one)
        assert self._copied is not None
        self._holes.look(self._there(), lambda: self._keys.seal(self.node.key.public), logs, self._copied)

    def _forget(self, one: reading.OwnLog) -> None:
        """What HQ can restore and this disk has deleted goes from the mirror too, a segment at a time."""
        assert self._copied is not None
        if one.purged_seq > self._forgotten.get(one.life.inc, 0):
            self._there().forget(one.life, one.purged_seq)
            self._forgotten[one.life.inc] = one.purged_seq
            if self._copied.get(one.life.inc, 0) <= one.purged_seq:
                self._copied.pop(one.life.inc, None)

    def _copy_log(self, one: reading.OwnLog) -> None:
        assert self._copied is not None
        seal = self._keys.seal(self.node.key.public)
        after = max(self._copied.get(one.life.inc, 0), one.purged_seq)
        while not self._stopping.is_set() or self._thread is None:
            with self.node.db.read() as tx:
                batch = outbox.batch(tx, one.life.inc, after, PIECE_EVENTS)
                damaged = batch is None and outbox.damaged_at(tx, one.life.inc, after + 1)
            if damaged:  # the scrub mends it, or has the log go on past it
                self._rotten.append((one.life.inc, after + 1, one.seq))
                self.node.scrubber.doubt(one.life.inc, after + 1)
            if batch is None:
                return
            records = sealed(seal, batch)
            self._there().append(one.life, batch.prev, records)
            after = records[-1].seq
            self._copied[one.life.inc] = after

    def copy_of(self, inc: str, first: int) -> list[Truth]:
        """Our own log from a seq on, for the scrub; empty when the mirror lacks that, is away or damaged, or hangs."""
        if not self.wanted:
            return []
        while not self._turning.acquire(timeout=ASK_SECONDS):
            if self._silent_ms():
                log.warning("mirror.no_copy", why="it hangs")
                return []
        copy: Future[list[Truth]] = Future()
        threading.Thread(
            target=self._give_copy, args=(copy, inc, first), name="mirror copy", daemon=True
        ).start()
        while not wait([copy], ASK_SECONDS).done:
            if self._silent_ms():
                log.warning("mirror.no_copy", why="it hangs")
                return []
        return copy.result()

    def _give_copy(self, copy: Future[list[Truth]], inc: str, first: int) -> None:
        """A read that hangs cannot be broken off: it keeps its thread and our turn, so there is never a second."""
        try:
            copy.set_result(self._read_copy(inc, first))
        except BaseException as error:  # noqa: BLE001 — it is raised again where the copy was asked for
            copy.set_exception(error)
        finally:
            self._turning.release()

    def _read_copy(self, inc: str, first: int) -> list[Truth]:
        try:
            seal = self._keys.seal(self.node.key.public)
            return copies.piece(self.node, self._there(), seal, inc, first)
        except (MirrorTrouble, LianpuError) as error:
            log.warning("mirror.no_copy", why=str(error))
            return []

    # -- what others ask -------------------------------------------------------------------------------

    @property
    def seen_at(self) -> int | None:
        """When the mirror was last known to have everything; None for never."""
        with self.node.db.read() as tx:
            text = get_meta(tx, SEEN)
        return None if text is None else int(text)

    def status(self) -> dict[str, Any]:
        """`state`, `lag` in events (None while the place is away), `seen_at`, `brought_back` since the start.

        The state is that of the last turn, or `failed` when the place has not answered for a minute.
        """
        copied, (state, why) = self._copied, self._state_now()
        with self.node.db.read() as tx:
            lag = None if copied is None else reading.lag(tx, copied)
        return {
            "state": state if self.wanted else OFF,
            "lag": lag,
            "seen_at": self.seen_at,
            "why": why,
            "brought_back": self.brought_back,
        }

    def _state_now(self) -> tuple[str, str]:
        silent_ms, hung = self._silent_ms(), self._hung
        self._hung = bool(silent_ms)
        if not silent_ms:
            return self.state, self.why
        why = f"no answer for {silent_ms // 1000} s"
        if not hung:
            log.error("mirror.trouble", state="failed", why=why)
        return "failed", why

    def _silent_ms(self) -> int:
        """How long the place has hung; 0 as long as it answers."""
        waited_ms = self._watched.waited_ms if self._watched else 0
        return waited_ms if waited_ms >= HANGS_MS else 0


def place_of(node: Any) -> Place:
    """Where the settings say; the folder wins when both are named."""
    config, owner = node.config, owner_of(node)
    if config.mirror_path:
        return Folder(Path(config.mirror_path), owner, away_from=node.home)
    return Remote(config.mirror_url, config.mirror_secret, owner)


def owner_of(node: Any) -> Owner:
    """This node of this chain."""
    known = identities.load(node.db)
    return Owner(node.store, fingerprint(known.hq_key) if known else "")
