"""Slips in the down direction: versions, digests, scopes, prices."""

from __future__ import annotations

from proof.sim.ablate.edit import Edit
from proof.sim.ablate.faults import slips
from proof.sim.ablate.model import Planted
from proof.sim.ablate.scenes import WORLD

DOWN: tuple[Planted, ...] = (
    Planted("delta_skips_deletions", "extra: sync: a delta leaves out rows that are gone", WORLD, (
        Edit("hq.publish.queries:delta", "in sorted(newest_of.items())]",
             "in sorted(newest_of.items()) if planted(True, data is not None)]"),
    )),
    Planted("delta_takes_the_oldest", "extra: sync: of several changes of a row the first is sent", WORLD, (
        Edit("hq.publish.queries:delta", '        " ORDER BY version",\n        facts | {"to": to},',
             '        " ORDER BY version DESC",\n        facts | {"to": to},'),
        Edit("hq.publish.queries:delta", "    to, total = since, 0",
             "    reached(len(sizes) > 1)\n    to, total = since, 0"),
    )),
    Planted("digest_keeps_the_deleted", "extra: sync: HQ's digest forgets to let deleted rows go", WORLD, (
        Edit("hq.publish.actions:_write", "gone = [old for _, _, _, _, old in found if old is not None]",
             "gone = [old for _, _, data, _, old in found\n"
             "            if old is not None and planted(True, data is not None)]"),
    )),
    Planted("damage_unnoticed", "extra: sync: rotten rows are not looked for", WORLD, (
        Edit("edge.syncing.inbox:Inbox.verify", "if found != cursor.digest:",
             "if planted(found != cursor.digest, False):"),
    )),
    Planted("snapshot_not_checked", "extra: sync: a snapshot is laid over the old prices", WORLD, (
        Edit("edge.syncing.inbox:Inbox.load", "projection.clear(tx, manifest.scope)", "reached()"),
    )),
    Planted("buckets_not_projected", "extra: sync: mended rows do not reach the till's tables", WORLD, (
        Edit("edge.syncing.inbox:Inbox.mend", "projection.project(tx, scope, part, whole=True)", "reached()"),
    )),
    Planted("unknown_fields_dropped", "extra: sync: a till keeps of a newer HQ's row what it understands", WORLD, (
        Edit("edge.syncing.inbox:_move_rows",
             "[(scope, mark + kind, key, data) for kind, key, data in rows if data is not None]",
             "[(scope, mark + kind, key, understood(kind, data)) for kind, key, data in rows if data is not None]",
             {"understood": slips.understood}),
    )),
    Planted("deleted_price_stays", "extra: sync: a price that is gone stays in the till's table", WORLD, (
        Edit("edge.syncing.projection:project",
             'tx.execute("DELETE FROM price WHERE sku = ? AND scope = ? AND key = ?", (sku, scope, id_))',
             "reached()"),
    )),
    Planted("unsubscribe_leaves_rows", "extra: sync: rows of a lost zone stay", WORLD, (
        Edit("edge.syncing.inbox:Inbox.switch", 'tx.execute("DELETE FROM row WHERE scope = ?", (scope,))', "reached()"),
    )),
    Planted("unsubscribe_leaves_prices", "extra: sync: prices of a lost zone stay in the till's table", WORLD, (
        Edit("edge.syncing.inbox:Inbox.switch", "projection.clear(tx, scope)", "reached()"),
    )),
    Planted("subscription_never_moves", "extra: sync: HQ does not give a moved store its new zone", WORLD, (
        Edit("hq.ingest.hello:greet", "allowed = publish.scopes_of_store(connection, who.store)",
             "allowed = kept_scopes(connection, who)", {"kept_scopes": slips.kept_scopes}),
    )),
    Planted("until_closed", "extra: sync: a price still holds at the instant at which it ends", WORLD, (
        Edit("retail.pricing:price_at", "at_ms >= civil_to_ms(price.until_civil, tz)",
             "planted(at_ms >= civil_to_ms(price.until_civil, tz), at_ms > civil_to_ms(price.until_civil, tz))"),
    )),
    Planted("narrower_scope_loses", "extra: sync: the chain's price wins over the store's", WORLD, (
        Edit("retail.pricing:price_at", 'ranks = {"chain": 0, f"zone:{zone}": 1, f"store:{store}": 2}',
             'ranks = {"chain": 2, f"zone:{zone}": 1, f"store:{store}": 0}'),
        Edit("retail.pricing:price_at", "        rank = (", "        reached(best is not None)\n        rank = ("),
    )),
    Planted("later_start_loses", "extra: sync: the greater key wins over the later start", WORLD, (
        Edit("retail.pricing:price_at", "rank = (ranks[price.scope], start, price.key)",
             "rank = (ranks[price.scope], price.key, start)"),
        Edit("retail.pricing:price_at", "        if best is None", "        reached(best)\n        if best is None"),
    )),
)  # fmt: skip
