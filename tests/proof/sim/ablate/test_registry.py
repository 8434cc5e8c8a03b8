"""The list of faults fits the product as it is, and names every rule that carries weight."""

from __future__ import annotations

from proof.sim.ablate import hints
from proof.sim.ablate.edit import fits
from proof.sim.ablate.registry import FAULTS

RULES = (
    "no fork check", "new ids when re-homing", "dropping the divergent tail", "purge on receipt",
    "edge trusts its own cursor", "cursor without digest", "no id dedupe", "cursor moved before the receipt",
    "stock as last value", "durable from the live database", "durable without hash",
    "one mark for booked and handled", "mint loop on old incs", "`agg` with shift keys",
    "page that ends inside a version", "scopes locked in any order", "clamp at apply time",
    "foreign account booked for an unknown type", "epoch raised by receipts of an old epoch",
    "zone switched before the new one is complete", "erased ref accepted again", "bundle counters ignored",
    "first oversized event wedges the log", "two projectors with one id",
)  # fmt: skip


def test_every_edit_fits() -> None:
    for fault in FAULTS:
        fits(fault.edits)


def test_every_rule_of_the_protocol_is_there_once_and_many_more_faults() -> None:
    rules = [fault.rule for fault in FAULTS if not fault.rule.startswith("extra: ")]

    assert sorted(rules) == sorted(RULES)
    assert len(FAULTS) - len(rules) >= 25
    areas = {fault.rule.split(": ")[1] for fault in FAULTS if fault.rule not in RULES}
    assert areas == {"sync", "ledger", "mirror", "numbering", "spool", "money", "till"}


def test_names_are_used_once_and_what_waits_says_for_what() -> None:
    names = [fault.name for fault in FAULTS]

    assert len(set(names)) == len(names)
    assert all(bool(fault.edits) != bool(fault.waits_for) for fault in FAULTS)
    assert set(hints.read()) <= set(names)
