"""Slips in what is booked and numbered: at the till, and at HQ when logs are applied."""

from __future__ import annotations

from proof.sim.ablate.edit import Edit
from proof.sim.ablate.model import Planted
from proof.sim.ablate.scenes import WORLD

LEDGER: tuple[Planted, ...] = (
    Planted("half_a_transaction", "extra: ledger: an event commits before its rows", WORLD, (
        Edit("edge.journal.draft:Draft.event", "        self.recorded.append(made)",
             "        reached()\n        self.tx.execute('COMMIT')\n        self.tx.execute('BEGIN IMMEDIATE')\n"
             "        self.recorded.append(made)"),
    )),
    Planted("event_without_postings", "extra: ledger: an event says nothing of what it moves", WORLD, (
        Edit("edge.journal.draft:Draft.event", "post=list(post),", "post=planted(list(post), []),"),
    )),
    Planted("return_with_wrong_sign", "extra: ledger: a return is booked as a sale", WORLD, (
        Edit("retail.postings:for_return", "_trade(-1,", "_trade(planted(-1, 1),"),
    )),
    Planted("returned_goods_leave", "extra: ledger: goods that come back leave the stock once more", WORLD, (
        Edit("retail.postings:_goods", "sums[line.sku] += sign * line.quantity",
             "sums[line.sku] += planted(sign * line.quantity, line.quantity)"),
    )),
    Planted("sku_written_small", "extra: ledger: goods are booked under another name", WORLD, (
        Edit("retail.postings:_goods", "for sku, quantity in sums.items():",
             "for sku, quantity in [(planted(sku, sku.casefold()), n) for sku, n in sums.items()]:"),
    )),
    Planted("currency_mixed", "extra: ledger: money of a sale is booked in another currency", WORLD, (
        Edit("retail.postings:_trade", "Posting(account, currency, amount)",
             'Posting(account, planted(currency, "CNY"), amount)'),
    )),
    Planted("card_in_the_drawer", "extra: ledger: a card payment is booked into the drawer", WORLD, (
        Edit("retail.postings:_tender_account", 'return f"card:{store}"',
             'return planted(f"card:{store}", f"cash:{store}:{terminal}")'),
    )),
    Planted("difference_lost", "extra: ledger: what was missing at the count stays in the drawer", WORLD, (
        Edit("retail.postings:for_shift_close", "difference = counted_minor - expected_minor",
             "difference = planted(counted_minor - expected_minor, 0)"),
    )),
    Planted("float_not_booked", "extra: ledger: the float is put in and not booked", WORLD, (
        Edit("retail.postings:for_float", "_move(currency, amount_minor,", "_move(currency, planted(amount_minor, 0),"),
    )),
    Planted("balance_not_moved", "extra: ledger: the till's balance takes the first booking only", WORLD, (
        Edit("edge.journal.repository:insert_postings", "DO UPDATE SET quantity = quantity + excluded.quantity",
             "DO UPDATE SET quantity = quantity"),
        Edit("edge.journal.repository:insert_postings", "    tx.executemany(\n        \"INSERT INTO balance",
             "    reached(postings)\n    tx.executemany(\n        \"INSERT INTO balance"),
    )),
    Planted("parked_forgotten", "extra: ledger: a parked event is not remembered", WORLD, (
        Edit("hq.ingest.apply:_take", "if verdict.open], now)",
             "if planted(verdict.open, verdict.open and not verdict.books)], now)"),
    )),
    Planted("retry_books_again", "extra: ledger: a parked event that is tried again is booked again", WORLD, (
        Edit("hq.ingest.apply:handle_again", "            write_rows(connection, verdict.rows)",
             "            reached()\n            _book(connection, [verdict])\n"
             "            write_rows(connection, verdict.rows)"),
    )),
    Planted("poison_stops_the_log", "extra: ledger: one poisoned event stops its log", WORLD, (
        Edit("hq.ingest.apply:handle", "    except Exception as error:",
             "    except Exception as error:\n        reached()\n        raise\n    except BaseException as error:"),
    )),
    Planted("waiting_never_goes_on", "extra: ledger: what waited is not taken up again", WORLD, (
        Edit("hq.ingest.parking:release", 'held[0][3] == "waiting" and not blocked.intersection(keys)',
             'planted(held[0][3] == "waiting" and not blocked.intersection(keys), False)'),
    )),
    Planted("waiting_passes", "extra: ledger: events pass an earlier open one of their document", WORLD, (
        Edit("hq.ingest.apply:judge", "if not blocked.isdisjoint(event.agg):",
             "if planted(not blocked.isdisjoint(event.agg), False):"),
    )),
    Planted("new_type_not_tried", "extra: ledger: events of a type that became known stay parked", WORLD, (
        Edit("hq.ingest.parking:retry_improved", 'if one.state == "parked"',
             'if planted(one.state == "parked", one.reason == "handler_failed")'),
    )),
    Planted("foreign_account_booked", "extra: ledger: HQ books what a store says of another's drawer", WORLD, (
        Edit("hq.ingest.rules:objection", "elif held_by != store and node != HQ_NODE:",
             "elif planted(held_by != store and node != HQ_NODE, False):"),
    )),
    Planted("untrusted_is_booked", "extra: ledger: what a lost device says later is booked", WORLD, (
        Edit("hq.ingest.trusted:books", "seq <= max(min(cut.seq, cut.counted), cut.booked)",
             "planted(seq <= max(min(cut.seq, cut.counted), cut.booked), True)"),
    )),
    Planted("untrusted_not_reversed", "extra: ledger: what a lost device has said stays in the books", WORLD, (
        Edit("hq.ingest.trust:_take_out", "_add(sums, entry, -1)", "_add(sums, entry, planted(-1, 0))"),
    )),
    Planted("trusted_again_in_vain", "extra: ledger: what counts again is not booked again", WORLD, (
        Edit("hq.ingest.trust:_put_back", "_add(sums, entry, 1)", "_add(sums, entry, planted(1, 0))"),
    )),
    Planted("refused_in_silence", "extra: ledger: HQ books nothing and tells nobody", WORLD, (
        Edit("hq.ingest.apply:park", "if not verdict.books:", "if planted(not verdict.books, False):"),
    )),
    Planted("numbers_begin_anew", "extra: numbering: receipt numbers begin at 1 after a start", WORLD, (
        Edit("edge.journal.actions:Journal.__init__", "        self.refresh()",
             "        with db.write() as tx:\n"
             "            reached(tx.execute('DELETE FROM numbering').rowcount)\n"
             "        self.refresh()"),
    )),
    Planted("number_skipped", "extra: numbering: a number is left out", WORLD, (
        Edit("edge.journal.repository:next_number", "SET last = last + 1", "SET last = last + 2"),
        Edit("edge.journal.repository:next_number", "    row = tx.execute(", "    reached()\n    row = tx.execute("),
    )),
    Planted("series_kept_at_mint", "extra: numbering: a new incarnation goes on in the old series", WORLD, (
        Edit("edge.journal.incarnation:mint_in", "series=_new_series(tx),",
             "series=planted('', previous.series) if previous else _new_series(tx),"),
    )),
)  # fmt: skip
