"""The rules of SYNC §12 that a world comes to, each taken away."""

from __future__ import annotations

from proof.sim.ablate.edit import Edit
from proof.sim.ablate.faults import slips
from proof.sim.ablate.model import Planted
from proof.sim.ablate.scenes import SMALL_BATCHES, WORLD
from proof.sim.ablate.stories_store import FILE_PUT_BACK

RULES: tuple[Planted, ...] = (
    Planted("no_fork_check", "no fork check", WORLD, (
        Edit("sync.accept:decide", "if stored[first_seq - 1] != prev:",
             "if planted(stored[first_seq - 1] != prev, False):"),
        Edit("sync.accept:decide", "if overlap and stored[first_seq + overlap - 1] != hashes[overlap - 1]:",
             "if planted(overlap and stored[first_seq + overlap - 1] != hashes[overlap - 1], False):"),
    )),
    Planted("new_ids_when_rehoming", "new ids when re-homing", WORLD, (
        Edit("edge.journal.incarnation:relink_in", "for id_ in ids:", "for id_ in renamed(tx, ids):",
             {"renamed": slips.renamed}),
    )),
    Planted("divergent_tail_dropped", "dropping the divergent tail", WORLD, (
        Edit("edge.syncing.homing:home", "journal.relink(tx, ids)", "journal.relink(tx, planted(ids, []))"),
    )),
    Planted("cursor_without_digest", "cursor without digest", WORLD, (
        Edit("hq.publish.api:_step", "queries.digest_at(connection, scope, since) != digest",
             "planted(queries.digest_at(connection, scope, since) != digest, False)"),
        Edit("edge.syncing.inbox:Inbox.apply", "or digest != answer.digest:",
             "or planted(digest != answer.digest, False):"),
    )),
    Planted("cursor_before_receipt", "cursor moved before the receipt", WORLD, (
        Edit("edge.syncing.uplink:Uplink._push",
             "        self._pushed, self._pushing = len(batch.bodies), (batch.inc, last)",
             "        moved_on(self.node, batch, last)\n"
             "        self._pushed, self._pushing = len(batch.bodies), (batch.inc, last)",
             {"moved_on": slips.moved_on}),
    )),
    Planted("stock_as_last_value", "stock as last value", WORLD, (
        Edit("hq.ingest.apply:_book", "quantity = balance.quantity + excluded.quantity",
             "quantity = excluded.quantity"),
        Edit("hq.ingest.apply:_book", "    bulk(  # in the order", "    reached(deltas)\n    bulk(  # in the order"),
    )),
    Planted("one_mark_for_booked_and_handled", "one mark for booked and handled", WORLD, (
        Edit("hq.ingest.apply:_book", "not verdict.books:", "not planted(verdict.books, not verdict.open):"),
    )),
    Planted("mint_loop_on_old_incs", "mint loop on old incs", FILE_PUT_BACK, (
        Edit("sync.machine:UpMachine._found", "if s.current:", "if planted(s.current, True):"),
        Edit("sync.machine:UpMachine._home", "reason if standing.current else None", "reason"),
    )),
    Planted("agg_with_shift_keys", "`agg` with shift keys", WORLD, (
        Edit("edge.journal.draft:Draft.event", "agg=list(agg),",
             'agg=planted(list(agg), [*agg, f"shift:{shift}"]) if shift else list(agg),'),
    )),
    Planted("first_oversized_event_wedges", "first oversized event wedges the log", SMALL_BATCHES, (
        Edit("sync.plan:cut", "plain_max and count > 0:", "plain_max and planted(count > 0, True):"),
    )),
)  # fmt: skip
