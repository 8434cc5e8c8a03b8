"""Faults at places that a day of the world seldom or never comes to, most of them with a story that does."""

from __future__ import annotations

from proof.sim.ablate.edit import Edit
from proof.sim.ablate.faults import slips
from proof.sim.ablate.model import Planted, Scene
from proof.sim.ablate.scenes import WORLD
from proof.sim.ablate.stories_hq import (
    KILLED_PROJECTOR,
    LOCKS,
    PRYING,
    STRANGERS,
    TOLD_TWICE,
    TWO_KEYS,
    TWO_PROJECTORS,
)
from proof.sim.ablate.stories_money import PAYING, ROUNDING, SHARING
from proof.sim.ablate.stories_stick import DRAWER
from proof.sim.ablate.stories_store import BACKUPS, HQ_PUT_BACK, LIAR, PAGES, PURGING, ZONE_IN_PAGES

NONE = Scene("—", lambda _seed: [])
ADVANCE = (
    "        with self.hq.db.write() as connection:\n"
    "            taking(connection)\n"
    '            facts["after"] = lock_applied(connection, facts)\n'
    "            with _no_collection():"
)

DIRECTED_RULES: tuple[Planted, ...] = (
    Planted("purge_on_receipt", "purge on receipt", PURGING, (
        Edit("edge.syncing.purge:purge_point",
             'if row is None or not row["durable_seq"] or row["durable_hash"] is None:', "if row is None:"),
        Edit("edge.syncing.purge:purge_point",
             'if outbox.hash_at(tx, inc, row["durable_seq"]) != row["durable_hash"]:',
             'if planted(outbox.hash_at(tx, inc, row["durable_seq"]) != row["durable_hash"], False):'),
        Edit("edge.syncing.purge:purge_point", 'min(row["durable_seq"], row["seq"] - 1)', 'row["seq"] - 1'),
    )),
    Planted("edge_trusts_own_cursor", "edge trusts its own cursor", WORLD, (
        Edit("edge.syncing.outbox:keep_receipt", "WHERE excluded.epoch <> receipted.epoch OR excluded.seq",
             "WHERE excluded.seq"),
        Edit("edge.syncing.uplink:Uplink._greeted", "recv_seq=receipts[own.inc].seq,",
             "recv_seq=planted(receipts[own.inc], own_cursor(own, receipts[own.inc])).seq,",
             {"own_cursor": slips.own_cursor}),
        Edit("edge.syncing.uplink:Uplink._greeted", "recv_hash=receipts[own.inc].hash,",
             "recv_hash=own_cursor(own, receipts[own.inc]).hash,"),
        Edit("edge.syncing.uplink:Uplink._greeted", "outbox.hash_at(tx, own.inc, receipts[own.inc].seq)",
             "outbox.hash_at(tx, own.inc, own_cursor(own, receipts[own.inc]).seq)"),
    )),
    Planted("no_id_dedupe", "no id dedupe", TOLD_TWICE, (
        Edit("hq.ingest.apply:judge", "if place != entry.place:", "if planted(place != entry.place, False):"),
    )),
    Planted("durable_from_live", "durable from the live database", BACKUPS, (
        Edit("hq.backups.promise:renew", "found = common(kept) if len(kept) >= KEPT_MIN else {}",
             "found = planted(common(kept), live(connection)) if len(kept) >= KEPT_MIN else {}",
             {"live": slips.live}),
    )),
    Planted("durable_without_hash", "durable without hash", PURGING, (
        Edit("edge.syncing.purge:purge_point",
             'if outbox.hash_at(tx, inc, row["durable_seq"]) != row["durable_hash"]:',
             'if planted(outbox.hash_at(tx, inc, row["durable_seq"]) != row["durable_hash"], False):'),
    )),
    Planted("page_ends_inside_a_version", "page that ends inside a version", PAGES, (
        Edit("hq.publish.queries:delta", "if total and total + count > ROWS_MAX:", "if total >= ROWS_MAX:"),
        Edit("hq.publish.queries:delta", '        " ORDER BY version",\n        facts | {"to": to},',
             '        f" ORDER BY version LIMIT {ROWS_MAX}",\n        facts | {"to": to},'),
        Edit("hq.publish.queries:delta", "    newest_of = {", "    reached(total > ROWS_MAX)\n    newest_of = {"),
    )),
    Planted("scopes_locked_in_any_order", "scopes locked in any order", LOCKS, (
        Edit("hq.publish.actions:publish", "sorted(by_scope, key=str.encode)",
             "planted(sorted(by_scope, key=str.encode), list(by_scope))"),
    )),
    Planted("clamp_at_apply_time", "clamp at apply time", NONE, waits_for="no shared records: nothing is merged"),
    Planted("foreign_account_of_unknown_type", "foreign account booked for an unknown type", STRANGERS, (
        Edit("hq.ingest.rules:objection", "elif held_by != store and node != HQ_NODE:",
             "elif planted(held_by != store and node != HQ_NODE,\n"
             "                     kind is not None and held_by != store and node != HQ_NODE):"),
    )),
    Planted("epoch_by_old_receipts", "epoch raised by receipts of an old epoch", HQ_PUT_BACK, (
        Edit("hq.ingest.hello:_lost", "or said.epoch != this_epoch:",
             "or planted(said.epoch != this_epoch, False):"),
    )),
    Planted("zone_switched_early", "zone switched before the new one is complete", WORLD, (
        Edit("sync.down:DownMachine._next", "        if waiting:",
             "        if waiting and not planted(False, self.losing()):"),
    )),
    Planted("erased_ref_accepted", "erased ref accepted again", NONE, waits_for="no side records, no erasure"),
    Planted("bundle_counters_ignored", "bundle counters ignored", DRAWER, (
        Edit("edge.bundles.coming:check_order", "    if head.counter < newest:",
             "    if planted(head.counter < newest, False):"),
    )),
    Planted("two_projectors", "two projectors with one id", TWO_PROJECTORS, (
        Edit("hq.ingest.projector:Projector._advance", ADVANCE,
             '        facts["after"] = self.hq.db.value(\n'
             '            "SELECT seq FROM applied WHERE node = :node AND inc = :inc", {"node": node, "inc": inc}, 0)\n'
             "        with self.hq.db.write() as connection:\n"
             '            facts["after"] = planted(lock_applied(connection, facts), facts["after"])\n'
             "            with _no_collection():"),
    )),
)  # fmt: skip

DIRECTED: tuple[Planted, ...] = (
    Planted("receipt_unverified", "extra: sync: a receipt's signature is not looked at", LIAR, (
        Edit("sync.calls:signed", "if not verify(hq_key, signature_of(answer), purpose, answer.body):",
             "if planted(not verify(hq_key, signature_of(answer), purpose, answer.body), False):"),
        Edit("sync.calls:receipt_of", 'if not verify(hq_key, part.signature, "receipt", part.receipt):',
             'if planted(not verify(hq_key, part.signature, "receipt", part.receipt), False):'),
    )),
    Planted("projector_cursor_first", "extra: sync: stage 2 moves its cursor before it has applied", KILLED_PROJECTOR, (
        Edit("hq.ingest.projector:Projector._advance", ADVANCE,
             "        with self.hq.db.write() as connection:\n"
             '            facts["after"] = lock_applied(connection, facts)\n'
             "            ahead = load_entries(connection, facts)\n"
             "            reached(ahead)\n"
             "            if ahead:\n"
             '                move_applied(connection, facts | {"seq": ahead[-1].seq})\n'
             "        with self.hq.db.write() as connection:\n"
             "            with _no_collection():"),
    )),
    Planted("log_of_another_store", "extra: sync: a session reads the log of another store", PRYING, (
        Edit("hq.ingest.queries:log_piece", "WHERE b.node = :node AND b.inc = :inc", "WHERE b.inc = :inc"),
        Edit("hq.ingest.queries:log_piece", "sound = _sound(node, inc, first, rows)", "sound = len(rows)"),
        Edit("hq.ingest.queries:log_piece", "    count = plan.cut(", "    reached(rows)\n    count = plan.cut("),
    )),
    Planted("scope_of_another_store", "extra: sync: a session reads the scope of another store", PRYING, (
        Edit("hq.publish.api:_check_subscribed", "if not queries.subscribed(connection, who.node, scope_of(scope)):",
             "if planted(not queries.subscribed(connection, who.node, scope_of(scope)), False):"),
    )),
    Planted("gained_scope_in_force_early", "extra: sync: a gained zone holds before the lost one is given up",
            ZONE_IN_PAGES, (
        Edit("edge.syncing.downlink:Downlink._in_force", "return scope in held or not self.machine.losing()",
             "return planted(scope in held or not self.machine.losing(), True)"),
    )),
    Planted("zero_sum_unchecked", "extra: ledger: HQ books what does not add up", STRANGERS, (
        Edit("hq.ingest.rules:objection", "if any(sums.values()):", "if planted(any(sums.values()), False):"),
    )),
    Planted("waiting_blocks_nothing", "extra: ledger: a waiting event does not hold up its other documents", TWO_KEYS, (
        Edit("hq.ingest.model:Verdict.blocks", "if self.open and", 'if planted(self.open, self.state == "parked") and'),
    )),
    Planted("share_loses_a_cent", "extra: money: a split loses a cent", SHARING, (
        Edit("retail.money:split", "by_remainder[: size - sum(parts)]",
             "by_remainder[: planted(size - sum(parts), max(0, size - sum(parts) - 1))]"),
    )),
    Planted("cents_to_the_first", "extra: money: the rest of a split goes to the first share", SHARING, (
        Edit("retail.money:split", "        parts[i] += 1", "        parts[planted(i, 0)] += 1"),
    )),
    Planted("half_towards_zero", "extra: money: half a cent is rounded towards zero", ROUNDING, (
        Edit("retail.money:round_div", "quotient = (2 * abs(n) + d) // (2 * d)",
             "quotient = planted((2 * abs(n) + d) // (2 * d), (2 * abs(n) + d - 1) // (2 * d))"),
    )),
    Planted("rounding_dropped", "extra: money: cash rounding is booked as revenue", PAYING, (
        Edit("retail.postings:_trade", 'money[f"rounding:{store}"] -= sign * settlement.rounding',
             'money[f"revenue:{store}"] -= planted(0, sign * settlement.rounding)'),
    )),
    Planted("change_kept", "extra: money: change is not taken off what stays in the drawer", PAYING, (
        Edit("retail.tender:settle", "Tender(CASH, min(handed, open_minor), handed)",
             "Tender(CASH, planted(min(handed, open_minor), handed), handed)"),
    )),
    Planted("card_rounded", "extra: money: cards are rounded to cash steps too", PAYING, (
        Edit("retail.tender:settle", "due = round_to_step(rest, cash_step)",
             "due = planted(round_to_step(rest, cash_step),\n"
             "                  round_to_step(total_minor, cash_step) - total_minor + rest)"),
    )),
)  # fmt: skip
