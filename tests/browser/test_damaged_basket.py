"""The till is started again, and the disk has damaged the basket that lay on its screen."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.goods import BREAD, MILK
from tests.browser.hands import Keys
from tests.browser.world import World


def test_the_cashier_is_told_and_scans_again(till: Keys, world: World) -> None:
    till.add(BREAD)
    till.lines(1)
    with world.node.db.write() as tx:
        tx.execute("PRAGMA ignore_check_constraints = ON")
        tx.execute("UPDATE basket SET content = CAST(x'7bff' AS TEXT)")
        tx.execute("PRAGMA ignore_check_constraints = OFF")

    till.page.reload()

    expect(till.page.get_by_text("could not be read from the disk")).to_be_visible()
    till.lines(0)
    till.add(MILK)
    till.lines(1)
