"""Setting prices and taking them back."""

from __future__ import annotations

from hq.allowed import require, require_chain, require_store
from hq.change import Change
from hq.prices import repository
from hq.prices.model import NewPrice, checked_price, checked_start, civil_now, parse_civil
from hq.settings import repository as settings
from kit.context import Context
from kit.sql import Row
from retail.errors import Conflict, Invalid, NotFound, NotNow


def set_price(
    ctx: Context, *, sku: str, scope: str, price_minor: int, from_civil: str = "", until_civil: str = "",
    note: str = "", refuse_same: bool = False,
) -> str:  # fmt: skip
    """A new price for one product in one scope; without a start it holds from now. Answers its id.

    With `refuse_same`, `Conflict("prices.nothing_changed")` when the same price is in force, or scheduled for the
    same start: a form that was sent twice.
    """
    require(ctx, "prices.change")
    check_scope(ctx, scope)
    checked_price(price_minor)
    wanted_from = parse_civil(from_civil) if from_civil else ""
    wanted_until = parse_civil(until_civil) if until_civil else None
    with ctx.app.change(ctx) as change:
        if scope not in repository.scopes(change.connection):
            raise NotFound("prices.scope_unknown", scope=scope[:40])
        if sku not in repository.skus(change.connection):
            raise NotFound("catalogue.product_unknown", sku=sku[:60])
        now = now_in(change, scope)
        start = checked_start(wanted_from or now, now)
        others = [
            row for row in repository.prices_of(change.connection, sku)
            if row.scope == scope and row.cancelled_at is None
        ]  # fmt: skip
        before = _in_force_at(others, start)
        wanted = (price_minor, wanted_from or (before and before.from_civil), wanted_until)
        if refuse_same and before and wanted == (before.price_minor, before.from_civil, before.until_civil):
            raise Conflict("prices.nothing_changed")
        if start < now and others:
            raise Invalid("prices.in_the_past", earliest=now.replace("T", " "))
        if wanted_until is not None and wanted_until <= start:
            raise Invalid("prices.ends_before_start")
        price = NewPrice(sku, scope, price_minor, start, wanted_until, note.strip()[:200])
        (price_id,) = write_prices(change, [price])
        change.audit(
            "prices.set", f"product:{sku}", scope=scope, from_civil=start, until_civil=wanted_until,
            note=price.note, before={"price_minor": before.price_minor if before else None},
            after={"price_minor": price_minor},
        )  # fmt: skip
    return price_id


def _in_force_at(rows: list[Row], civil: str) -> Row | None:
    """Of one scope's prices, newest start first, the one that holds at a time."""
    begun = (row for row in rows if row.from_civil <= civil)
    return next((row for row in begun if row.until_civil is None or row.until_civil > civil), None)


def write_prices(change: Change, prices: list[NewPrice]) -> list[str]:
    """Store prices and note what to publish; ids grow in the order given, so that later rows win."""
    ids = sorted(change.new_id() for _price in prices)
    actor = change.ctx.actor
    repository.insert_prices(
        change.connection,
        [
            {
                "id": price_id, "sku": p.sku, "scope": p.scope, "price_minor": p.price_minor,
                "from_civil": p.from_civil, "until_civil": p.until_civil, "made_at": change.now_ms,
                "made_by": actor.staff, "made_by_name": actor.name, "note": p.note,
            }
            for price_id, p in zip(ids, prices, strict=True)
        ],
    )  # fmt: skip
    for price_id, p in zip(ids, prices, strict=True):
        change.touch(p.scope, "price", f"{p.sku}|{price_id}")
    return ids


def cancel_price(ctx: Context, price_id: str) -> None:
    """Take back a price that has not begun in any store."""
    require(ctx, "prices.change")
    with ctx.app.change(ctx) as change:
        found = repository.price(change.connection, price_id)
        if found is None:
            raise NotFound("prices.unknown")
        check_scope(ctx, found.scope)
        if found.cancelled_at is not None:
            raise Conflict("prices.already_cancelled")
        if found.from_civil <= latest_clock(change, found.scope):
            raise NotNow("prices.already_in_force", since=found.from_civil.replace("T", " "))
        repository.cancel(change.connection, price_id, change.now_ms, ctx.actor.name)
        change.touch(found.scope, "price", f"{found.sku}|{price_id}")
        change.audit(
            "prices.cancelled", f"product:{found.sku}", scope=found.scope, price_minor=found.price_minor,
            from_civil=found.from_civil,
        )  # fmt: skip


def check_scope(ctx: Context, scope: str) -> None:
    """Chain and zone prices need a person for the whole chain."""
    if scope.startswith("store:"):
        require_store(ctx, scope[6:])
    else:
        require_chain(ctx)


def now_in(change: Change, scope: str) -> str:
    """`Now` as a civil time that has come in every store of the scope."""
    return civil_now(change.now_ms, _zones(change, scope))


def latest_clock(change: Change, scope: str) -> str:
    """The latest of the wall clocks of the scope's stores."""
    return max(civil_now(change.now_ms, [zone]) for zone in _zones(change, scope))


def _zones(change: Change, scope: str) -> list[str]:
    found = repository.time_zones(change.connection, scope)
    return found or [settings.chain(change.connection).time_zone]
