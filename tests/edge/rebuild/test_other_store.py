"""The number of another store's paper, typed behind `--last-receipt`."""

from __future__ import annotations

import pytest

from edge.rebuild import command
from retail.errors import Invalid
from tests.edge.rebuild.conftest import Dead


def test_a_receipt_of_another_store_is_refused(dead: Dead) -> None:
    """It was believed: fifteen receipts of this store that never were counted as missing."""
    node = dead.new_pc()

    with pytest.raises(Invalid) as refused:
        list(command.run(node, "", "", "", "", ["002-01/ABCDE-15"]))

    assert refused.value.code == "rebuild.other_store"
    assert refused.value.facts == {"number": "002-01/ABCDE-15", "store": "001"}
    node.close()
