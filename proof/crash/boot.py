"""A whole boot on the files of a state: the node starts, is who it was, sells, and `proof.verify` finds nothing."""

from __future__ import annotations

from pathlib import Path

from edge.node import Node
from edge.shifts.actions import open_shift
from edge.shifts.queries import open_shift as shift_of
from kit.clock import ManualClock
from proof.crash.shop import HOME, TERMINAL, Shop, cashier, sell
from proof.sim.parties import open_node
from proof.verify.cli import verify


def boots(shop: Shop, root: Path, rollbacks: int = 0) -> list[str]:
    """What is wrong after the boot, a second later."""
    node = open_node(root / HOME, ManualClock(shop.clock.now_ms() + 1_000))
    try:
        wrong = identity_problems(node, rollbacks)
        if node.enrolled and not wrong:
            trade(node)
    finally:
        node.close()
    return wrong + [f"verify: {text}" for text in judged_by_verify(root)[:5]]


def judged_by_verify(root: Path) -> list[str]:
    """What `lianpu-verify` finds in the node's database, with its witness."""
    witness = root / f"{HOME}.witness"
    report = verify([root / HOME / "node.sqlite"], None, [witness] if witness.exists() else [])
    return [finding.text for check in report.checks for finding in check.findings]


def identity_problems(node: Node, rollbacks: int) -> list[str]:
    """A cut on an honest disk starts no new incarnation, and the key on the disk is the one that HQ knows."""
    incs = node.db.rows("SELECT public_key, reason FROM inc ORDER BY ordinal")
    found = sum(row["reason"] == "rollback" for row in incs)
    wrong = [] if found == rollbacks else [f"{found} new incarnations after a rollback, not {rollbacks}"]
    if any(bytes(row["public_key"]) != node.key.public for row in incs):
        wrong.append("the device key is not the one of the incarnation")
    return wrong


def trade(node: Node) -> None:
    """The node is usable: a sale through the till's commands, in a new shift where none is open."""
    ctx = cashier(node)
    if "A" not in {row[0] for row in node.reference.db.rows("SELECT sku FROM product")}:
        return
    with node.db.read() as tx:
        opened = shift_of(tx, TERMINAL)
    if opened is None:
        open_shift(ctx, 10_000)
    sell(ctx, "A")
