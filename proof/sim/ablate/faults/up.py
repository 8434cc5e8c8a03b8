"""Slips in the up direction: logs, receipts, incarnations, the machine."""

from __future__ import annotations

from proof.sim.ablate.edit import Edit
from proof.sim.ablate.faults import slips
from proof.sim.ablate.model import Planted
from proof.sim.ablate.scenes import WORLD
from retail.errors import Unavailable

PUSH_ANSWER = (
    "        return receipt(hq, connection, who.node, batch.header.inc, seq, hash_,"
    " epoch.current(connection), now)"
)

UP: tuple[Planted, ...] = (
    Planted("overlap_unchecked", "extra: sync: overlap of a batch is not compared", WORLD, (
        Edit("sync.accept:decide", "if overlap and stored[first_seq + overlap - 1] != hashes[overlap - 1]:",
             "if planted(overlap and stored[first_seq + overlap - 1] != hashes[overlap - 1], False):"),
    )),
    Planted("damaged_bytes_are_sent", "extra: sync: bytes that the disk has damaged are pushed", WORLD, (
        Edit("edge.syncing.outbox:batch", "not journal_rows.is_sound(row)",
             "planted(not journal_rows.is_sound(row), False)"),
        Edit("edge.syncing.outbox:damaged_at", "journal_rows.is_sound(row)",
             "planted(journal_rows.is_sound(row), True)"),
    )),
    Planted("rotten_record_wedges", "extra: sync: a record that nobody can mend is never left out", WORLD, (
        Edit("edge.scrub.leaving:leave_out", "        if lost:\n", "        if planted(bool(lost), False):\n"),
    )),
    Planted("mirror_not_asked", "extra: sync: a scrub leaves out what the mirror has", WORLD, (
        Edit("edge.scrub.repair:_Round._places", "if missing and self.node.mirror is not None:",
             "if missing and planted(self.node.mirror is not None, False):"),
    )),
    Planted("hole_told_as_fork", "extra: sync: a log that goes past a hole is called a second disk", WORLD, (
        Edit("hq.ingest.hello:greet", "<= _head(connection, who.node, state.inc)[0]:",
             "<= planted(_head(connection, who.node, state.inc)[0], state.diverged_seq):"),
    )),
    Planted("lost_record_unnamed", "extra: sync: what is left out of the log is not named", WORLD, (
        Edit("edge.scrub.leaving:_go_past", "lost=some", "lost=planted(some, [])"),
    )),
    Planted("link_without_prev", "extra: sync: a link's hash leaves out the one before", WORLD, (
        Edit("sync.chain:link_hash", "+ prev + bh", "+ planted(prev, bytes(32)) + bh"),
        Edit("sync.chain:extend", "+ prev + bh", "+ planted(prev, bytes(32)) + bh"),
    )),
    Planted("gap_answered_as_receipt", "extra: sync: HQ acknowledges a batch behind a gap", WORLD, (
        Edit("hq.ingest.log:push", "if isinstance(decision, accept.Gap) and not known.closed:",
             "if isinstance(decision, accept.Gap) and planted(not known.closed, False):"),
        Edit("hq.ingest.log:push", PUSH_ANSWER,
             "        if isinstance(decision, accept.Gap):\n"
             "            seq, hash_ = batch.last_seq, batch.hashes[-1]\n" + PUSH_ANSWER),
    )),
    Planted("receipt_before_commit", "extra: sync: the receipt is sent before the batch is stored", WORLD, (
        Edit("hq.ingest.log:push", "_append(connection, batch, decision.skip, now)",
             "late(connection, batch, decision.skip, now)", {"late": slips.Late()}),
    )),
    Planted("repush_applies_again", "extra: sync: a batch that is there already is carried on once more", WORLD, (
        Edit("hq.ingest.log:push", PUSH_ANSWER,
             "        if isinstance(decision, accept.Duplicate):\n"
             "            reached()\n"
             "            run(connection, 'UPDATE applied SET seq = :seq WHERE node = :node AND inc = :inc',\n"
             "                {'seq': batch.header.first_seq - 1, 'node': who.node, 'inc': batch.header.inc})\n"
             + PUSH_ANSWER),
    )),
    Planted("content_decides", "extra: sync: HQ refuses a batch for what an event says", WORLD, (
        Edit("hq.ingest.log:read", "    if hashes[-1] != header.last_hash:",
             "    if any(b'POISON' in body for body in bodies):\n"
             "        reached()\n"
             "        raise ProtocolError('sync.product_unknown')\n"
             "    if hashes[-1] != header.last_hash:"),
    )),
    Planted("push_waits_for_stage_2", "extra: sync: HQ is busy while events wait to be applied", WORLD, (
        Edit("hq.ingest.log:push", "        known = _inc(connection, who.node, batch.header.inc)",
             "        done = 'SELECT COALESCE((SELECT SUM(seq) FROM applied), 0)'\n"
             "        if run(connection, 'SELECT SUM(seq) FROM origin').scalar_one() > 8 + run(connection, done)"
             ".scalar_one():\n"
             "            reached()\n"
             "            raise Unavailable('ingest.busy')\n"
             "        known = _inc(connection, who.node, batch.header.inc)", {"Unavailable": Unavailable}),
    )),
    Planted("clock_decides", "extra: sync: HQ refuses a node whose clock is wrong", WORLD, (
        Edit("hq.ingest.hello:greet", "    if said.node != who.node:",
             "    if abs(said.clock_ms - hq.clock.now_ms()) > 3_600_000:\n"
             "        reached()\n"
             "        raise ProtocolError('sync.clock_differs')\n"
             "    if said.node != who.node:"),
    )),
    Planted("fork_without_record", "extra: sync: a fork is answered and not written down", WORLD, (
        Edit("hq.ingest.log:_keep_evidence", "if kept and kept == run(connection, _EVIDENCE, facts).scalar_one():",
             "if planted(bool(kept and kept == run(connection, _EVIDENCE, facts).scalar_one()), True):"),
    )),
    Planted("old_incs_not_sent", "extra: sync: only the current incarnation is sent", WORLD, (
        Edit("sync.machine:UpMachine._judge", "elif s.recv_seq < s.own_seq or s.current:",
             "elif planted(s.recv_seq < s.own_seq or s.current, s.current):"),
    )),
    Planted("lost_events_not_fetched", "extra: sync: what only HQ has stays there", WORLD, (
        Edit("sync.machine:UpMachine._found", "        self._plan.fetch.append((s.inc, max(common, s.fetched_seq)))",
             "        reached()"),
    )),
    Planted("rollback_without_mint", "extra: sync: a disk that was put back goes on as it was", WORLD, (
        Edit("sync.machine:UpMachine._found", "if s.current:", "if planted(s.current, False):"),
    )),
    Planted("retry_not_armed", "extra: sync: no timer is armed after a failure", WORLD, (
        Edit("sync.machine:UpMachine._on_failed",
             "return [self._arm(retry_ms(self.tries, self._uniform, event.retry_after_ms, cap_ms))]",
             "return [self._arm(planted(retry_ms(self.tries, self._uniform, event.retry_after_ms, cap_ms), 10**10))]"),
    )),
    Planted("mint_says_nothing", "extra: sync: a new incarnation does not say why it began", WORLD, (
        Edit("edge.journal.actions:Journal.begin_anew", "self.state(tx, ctx, fact)", "reached()"),
    )),
    Planted("body_written_anew", "extra: sync: re-homing links the content as another library writes it", WORLD, (
        Edit("edge.journal.incarnation:relink_in",
             'bh = row["bh"]',
             'body = tx.execute("SELECT body FROM body WHERE id = ?", (id_,)).fetchone()[0]\n'
             '        bh = planted(row["bh"], reserialised(body))', {"reserialised": slips.reserialised}),
    )),
    Planted("replayed_as_own", "extra: sync: events that HQ gives back count as done here", WORLD, (
        Edit("edge.syncing.replay:keep_body", "event.shift, 1, body)", "event.shift, planted(1, 0), body)"),
    )),
    Planted("witness_ignored", "extra: numbering: the witness is not asked", WORLD, (
        Edit("edge.node:Node.heal", "if seen is None:", "if planted(seen, None) is None:"),
    )),
    Planted("hlc_from_wall_clock", "extra: sync: the logical clock is the wall clock", WORLD, (
        Edit("sync.hlc:Hlc.tick", "if now_ms > self._ms:", "if planted(now_ms > self._ms, True):"),
    )),
    Planted("hlc_forgotten", "extra: sync: the logical clock begins anew at a start", WORLD, (
        Edit("edge.journal.actions:Journal.__init__", "Hlc(_newest_hlc(db))", "Hlc(planted(_newest_hlc(db), ZERO))"),
    )),
    Planted("mirror_not_compared", "extra: mirror: nobody sees that the stick knows more than the disk", WORLD, (
        Edit("edge.mirror.recover:_bring_life", "finding = _compare(node, place, standing)",
             "finding = planted(_compare(node, place, standing), None)"),
    )),
    Planted("mirror_gives_nothing", "extra: mirror: what the stick has is found and not taken", WORLD, (
        Edit("edge.mirror.recover:_bring_life",
             "_take(node, place, finding, keys, brought, linked=ours and not finding.forked)", "reached()"),
    )),
    Planted("place_given_twice", "extra: till: two documents of one number or basket are shown", WORLD, (
        Edit("edge.sales.repository:place_taken", "row is not None", "planted(row is not None, False)"),
    )),
    Planted("sold_basket_stays_open", "extra: till: a sale comes back, its basket is there to be paid again", WORLD, (
        Edit("edge.syncing.replay:_project", "end_sold(tx, event)", "reached()"),
    )),
)  # fmt: skip
