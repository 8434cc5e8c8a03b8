"""A disk is put back on which a basket was open that had been sold since: nothing is lost, nothing stands in the way."""

from __future__ import annotations

import shutil

import pytest

from edge.mirror.folder import Folder
from edge.mirror.keeper import Mirror, owner_of
from edge.rebuild.actions import rebuild
from edge.sales.actions import finish
from edge.scrub.look import scrub
from edge.shifts.actions import close_shift
from edge.syncing import enrolment
from edge.till import repository as baskets
from edge.till.actions import hold, recall, scan
from hq.enrolment import actions as enrolling
from kit.crypto import fingerprint
from proof.crash.shop import a_shop, cashier, exchange, sell
from proof.sim.parties import open_node
from retail.errors import Conflict
from tests.builders.damage import edited

MINUTE = 60_000


class Trade:
    """A store with a copy of its disk from when goods A were scanned and not yet paid."""

    def __init__(self, folder):
        self.folder, self.shop = folder, a_shop(folder / "shop")
        self.root, self.stick = folder / "root", folder / "stick"
        self.shop.copy(self.root)
        self.node = self.shop.open(self.root)
        scan(self.till, "A")
        self.basket = self.opened["id"]
        self.copy("old")

    @property
    def till(self):
        return cashier(self.node)

    @property
    def opened(self):
        return baskets.open_row(self.node.db, "01")

    def sell_twice(self, *, witness):
        """The basket is sold, and on the disk that was put back again before HQ gives the first sale back."""
        self.pay()
        self.exchange()
        self.put_back(witness=witness)
        self.pay()
        for _ in range(3):
            self.exchange()

    def pay(self, basket=None):
        return finish(self.till, basket=basket, version=None)["sale"]

    def copy(self, name):
        self.node.db.checkpoint()
        self.node.reference.db.checkpoint()
        shutil.copytree(self.root, self.folder / name, ignore=shutil.ignore_patterns("*.lock"))

    def put_back(self, *, witness=True):
        """The old disk; the witness that lies elsewhere knows better, or was lost with it."""
        path = self.node.witness_path()
        seen = path.read_bytes()
        self.node.close()
        shutil.rmtree(self.root)
        shutil.copytree(self.folder / "old", self.root)
        path.parent.mkdir(exist_ok=True)
        path.unlink(missing_ok=True)
        if witness:
            path.write_bytes(seen)
        self.shop.clock.advance(MINUTE)
        self.node = self.shop.open(self.root)

    def mirror(self):
        self.stick.mkdir(exist_ok=True)
        return Mirror(self.node, Folder(self.stick, owner_of(self.node)), self.shop.centre.transport())

    def exchange(self):
        self.shop.clock.advance(MINUTE)
        exchange(self.node, self.shop.centre)

    def sales(self):
        return self.node.db.value("SELECT count(*) FROM document WHERE kind = 'sale'")

    def bodies(self):
        return self.node.db.value("SELECT count(*) FROM body WHERE type = 'sale.completed'")


@pytest.fixture
def trade(tmp_path):
    made = Trade(tmp_path)
    yield made
    made.node.close()
    made.shop.close()


NO_JSON, NO_TEXT = "'no J' || content", "CAST(x'7bff' AS TEXT)"


def damage_the_basket(trade, content):
    writer = trade.node.db.writer
    writer.execute("PRAGMA ignore_check_constraints = 1")
    edited(trade, lambda tx: tx.execute(f"UPDATE basket SET content = {content} WHERE state = 'open'"))
    writer.execute("PRAGMA ignore_check_constraints = 0")


@pytest.mark.parametrize("content", [NO_JSON, NO_TEXT])
def test_a_basket_that_the_disk_has_damaged_keeps_no_sale_from_coming_back(trade, content):
    """Once nothing came back at all, from the mirror or from HQ: "JSON is malformed"."""
    trade.pay()
    trade.exchange()
    trade.put_back(witness=False)
    damage_the_basket(trade, content)
    assert trade.sales() == 2

    for _ in range(3):
        trade.exchange()

    assert (trade.sales(), trade.opened) == (3, None)


@pytest.mark.parametrize("content", [NO_JSON, NO_TEXT])
def test_a_basket_that_the_disk_has_damaged_keeps_no_node_from_starting(trade, content):
    trade.pay()
    newest = trade.node.witness_path().read_bytes()
    trade.put_back(witness=False)
    damage_the_basket(trade, content)
    trade.node.close()
    trade.node.witness_path().write_bytes(newest)

    trade.node = trade.shop.open(trade.root)

    assert trade.node.db.value("SELECT count(*) FROM inc WHERE reason = 'rollback'") == 1


def test_what_the_next_buyer_takes_is_a_sale_of_its_own(trade):
    """He was told the number of the sale that had come back, and nothing was booked."""
    first = trade.pay()
    trade.exchange()
    trade.put_back()
    trade.exchange()
    assert trade.opened is None, "the basket of the sale that came back is done"

    scan(trade.till, "B")
    scan(trade.till, "C")
    told = trade.pay(trade.opened["id"])

    assert told["number"] != first["number"]
    assert (trade.sales(), trade.bodies()) == (4, 4)


def test_who_had_begun_to_scan_before_the_sale_came_back_keeps_the_basket(trade):
    """A page that still shows the basket by its old name is told to look again: it is not the sale that came back."""
    trade.pay()
    trade.exchange()
    trade.put_back()
    scan(trade.till, "B")
    trade.exchange()

    with pytest.raises(Conflict, match=r"till\.basket_changed"):
        trade.pay(trade.basket)
    trade.pay(trade.opened["id"])

    assert (trade.sales(), trade.bodies()) == (4, 4)
    assert [row["quantity"] for row in trade.node.db.rows(
        "SELECT l.quantity FROM document_line l JOIN document d ON d.id = l.id WHERE d.replayed = 0 ORDER BY d.at DESC LIMIT 2"
    )] == [1000, 1000]  # fmt: skip


def test_a_question_that_is_asked_again_after_it_is_answered_with_its_sale(trade):
    first = trade.pay()
    trade.exchange()
    trade.put_back()
    trade.exchange()

    assert trade.pay(trade.basket)["number"] == first["number"]


@pytest.mark.parametrize("witness", [True, False])
def test_a_basket_that_is_sold_again_before_the_sale_comes_back(trade, witness):
    """It was an error in each greeting for ever: the line was up, and nothing of the past came."""
    trade.sell_twice(witness=witness)

    assert trade.bodies() == 4
    assert trade.sales() == (4 if witness else 3), "without a witness both are of one basket: one has rows"
    assert scrub(trade.node).findings == []


@pytest.mark.parametrize("witness", [True, False])
def test_the_mirror_brings_it_back_and_goes_on(trade, witness):
    """It failed for ever: no later sale was copied."""
    mirror = trade.mirror()
    mirror.turn()
    trade.pay()
    mirror.turn()
    trade.put_back(witness=witness)
    trade.pay()

    again = trade.mirror()
    for _ in range(3):
        again.turn()
        trade.shop.clock.advance(2 * MINUTE)
        sell(trade.till, "B")
    again.turn()

    assert (again.state, trade.bodies()) == ("ready", 7)


def test_a_new_computer_takes_both_sales_of_one_basket(trade, tmp_path):
    """A basket that two disks have completed: the store's history was never whole again."""
    trade.sell_twice(witness=False)
    trade.node.close()

    centre = trade.shop.centre
    trade.node = open_node(tmp_path / "new" / "home", trade.shop.clock)
    code = enrolling.make_code(centre.context, "001", expected_fingerprint=fingerprint(trade.node.key.public))
    assert enrolment.enrol(trade.node, "http://127.0.0.1", code, transport=centre.transport())["state"]
    rebuild(trade.node, None, (), centre.transport)

    assert trade.bodies() == 4


def test_a_held_basket_that_was_sold_waits_no_more(trade):
    hold(trade.till, "")
    shutil.rmtree(trade.folder / "old")
    trade.copy("old")
    recall(trade.till, trade.basket)
    trade.pay()
    trade.exchange()

    trade.put_back()
    (waits,) = baskets.held(trade.node.db)
    assert waits["id"].startswith(trade.basket + ".")
    trade.exchange()

    assert baskets.held(trade.node.db) == []


def test_a_held_basket_of_a_new_life_is_recalled_and_sold(trade):
    hold(trade.till, "")
    shutil.rmtree(trade.folder / "old")
    trade.copy("old")
    sell(trade.till, "B")
    trade.put_back()

    (waits,) = baskets.held(trade.node.db)
    recall(trade.till, waits["id"])
    told = trade.pay(waits["id"])
    trade.exchange()

    assert trade.pay(waits["id"]) == told
    assert (trade.sales(), trade.bodies()) == (3, 3)


def test_who_sees_other_goods_is_not_told_that_they_are_paid(trade):
    """The disk that is put back has fewer goods in the basket than were sold (seed 425)."""
    seen = trade.node.db.value("SELECT version FROM basket WHERE id = ?", (trade.basket,))
    scan(trade.till, "B")
    trade.pay()
    trade.exchange()
    trade.put_back()
    trade.exchange()

    with pytest.raises(Conflict, match="basket_changed"):
        finish(trade.till, basket=trade.basket, version=seen)
    assert trade.pay(trade.basket)["total_minor"] == 3_550, "whoever asks without goods on a screen"


def test_a_basket_of_a_second_life_that_was_sold_waits_in_no_third(trade):
    """Its name has one life behind the dot, the sale that comes back another."""
    hold(trade.till, "")
    again(trade)
    sell(trade.till, "B")
    trade.exchange()
    trade.put_back()
    trade.exchange()
    (waits,) = baskets.held(trade.node.db)

    again(trade)
    recall(trade.till, waits["id"])
    trade.pay(waits["id"])
    trade.exchange()
    trade.put_back()
    assert [row["id"] for row in baskets.held(trade.node.db)] != [waits["id"]]
    trade.exchange()

    assert baskets.held(trade.node.db) == []


def again(trade):
    shutil.rmtree(trade.folder / "old")
    trade.copy("old")


def test_a_z_that_comes_back_is_the_only_one_of_its_number(trade):
    """The paper says Z 1; the drawer that goes on after the disk was put back is closed by Z 2."""
    trade.pay()
    assert close(trade) == 1
    trade.exchange()
    trade.put_back()
    trade.exchange()

    assert close(trade) == 2


def close(trade):
    asked = ("unsent", "print_jobs", "held")
    return close_shift(trade.till, count={"1000": 58}, confirmed=asked, approval=None)["report"]["z_number"]
