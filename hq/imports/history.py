"""What an import leaves on the history of each record: the same entries as by hand, and the file they come from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hq.prices.model import NewPrice

Facts = dict[str, Any]
Entry = tuple[str, str, Facts]  # verb, subject, facts


def origin(run_id: str, file_name: str) -> Facts:
    """The import behind an entry."""
    return {"import": run_id, "file": file_name}


def of_prices(
    new: Sequence[NewPrice], before: Mapping[tuple[str, str, str], int], source: Facts
) -> list[Entry]:
    """One entry a price on its product; `before` is what would hold by (sku, scope, start)."""
    found: list[Entry] = []
    for price in new:
        old = before.get((price.sku, price.scope, price.from_civil))
        facts = {
            "scope": price.scope, "before": None if old is None else {"price_minor": old},
            "after": {"price_minor": price.price_minor}, "from_civil": price.from_civil,
            "until_civil": price.until_civil, "note": price.note, **source,
        }  # fmt: skip
        found.append(("prices.set", f"product:{price.sku}", facts))
    return found
