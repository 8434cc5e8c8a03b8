"""The verbs of the basket: each loads, asks `retail.basket`, saves, in one transaction with its answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from edge.catalogue.queries import Offer, offers_for_skus, prices_now
from edge.journal.draft import Draft
from edge.people.model import Approval
from edge.sales.shape import check_room
from edge.shifts.queries import need_open_shift
from edge.till import lines, repository
from edge.till.model import OpenBasket
from kit.cards import holds_card_number
from kit.context import Context
from retail import basket as rules
from retail.barcode import Scanned, is_payment_code
from retail.basket import Basket, Discount, Line, Totals
from retail.errors import Conflict, Invalid, NotFound, NotNow, NotPermitted
from schemas.events.sales import BasketAborted


def load(draft: Draft) -> OpenBasket:
    """The open basket of this terminal, or a new one that is stored with its first change."""
    row = repository.open_row(draft.tx, draft.ctx.device)
    if row is not None:
        return OpenBasket.from_row(row)
    draft.ctx.app.journal.disk.refuse_when_nearly_full()
    settings = draft.ctx.app.reference.settings
    return OpenBasket(
        Basket(
            id=draft.new_id(),
            terminal=draft.ctx.device,
            currency=settings.currency,
            started_at=draft.at,
            staff=draft.ctx.actor.staff,
        )
    )


def need_right(ctx: Context) -> None:
    """Whoever works on a basket may sell."""
    if not ctx.actor.may("till.sell"):
        raise NotPermitted("people.not_permitted", permission="till.sell")


def change(
    ctx: Context, verb: Callable[[Draft, OpenBasket], OpenBasket], *, grows: bool = True
) -> dict[str, Any]:
    """Run one verb on the open basket under the till's general conditions: a right, a shift, room in the event."""
    need_right(ctx)
    with ctx.app.journal.changing(ctx) as draft:
        need_open_shift(draft.tx, ctx.device)
        opened = load(draft)
        changed = _lean(draft, opened, verb(draft, opened))
        if grows:
            check_room(ctx.app.store, changed.basket, _sums(ctx, changed.basket))
        repository.save(draft.tx, changed, "open", draft.at)
        draft.shows = changed.basket.version
        draft.result |= {"version": changed.basket.version}
        return draft.result


def scan(ctx: Context, code: str, *, quantity: int | None = None) -> dict[str, Any]:
    """Add what a code means; an unknown or ambiguous code becomes a red row, never an error."""
    reference = ctx.app.reference
    scanned, offers = lines.read_code(reference, code, ctx.app.clock.price_ms())
    if not offers and holds_card_number(code) and not is_payment_code(scanned.text):
        raise Invalid("web.card_number", field="code")

    ctx.app.patterns.hear(ctx.device, scanned, known=bool(offers))

    def verb(draft: Draft, opened: OpenBasket) -> OpenBasket:
        line = lines.line_for(reference, _next_id(opened.basket), scanned, offers, quantity)
        if quantity not in (None, 1000) and line.sku and (line.weighed or line.amount_minor is not None):
            raise Invalid("till.label_quantity", sku=line.sku)  # each label has a weight or amount of its own
        draft.result |= {"line": line.id, "state": line.state}
        return _added(draft, opened, line)

    return change(ctx, verb)


def add_product(
    ctx: Context,
    sku: str,
    *,
    quantity: int | None = None,
    grams: int | None = None,
    approval: Approval | None = None,
) -> dict[str, Any]:
    """Add a product chosen from search or a quick key; a weighed one takes keyed grams under a right."""
    offer = offers_for_skus(ctx.app.reference, [sku], ctx.app.clock.price_ms()).get(sku)
    if offer is None:
        raise NotFound("till.product_unknown", sku=sku)
    if offer.weighed:
        if grams is None:
            raise Invalid("till.weight_needed", sku=sku)
        ctx = ctx.app.people.need(ctx, "till.keyed_weight", approval)
        amount = grams
    else:
        amount = 1000 if quantity is None else quantity

    def verb(draft: Draft, opened: OpenBasket) -> OpenBasket:
        if offer.weighed:
            draft.audit("till.weight_keyed", f"basket:{opened.basket.id}", sku=sku, grams=amount)
        line = lines.offer_line(
            ctx.app.reference,
            _next_id(opened.basket),
            offer,
            code=offer.code,
            quantity=amount,
            keyed=offer.weighed,
        )
        draft.result |= {"line": line.id, "state": line.state}
        return _added(draft, opened, line)

    return change(ctx, verb)


def change_quantity(
    ctx: Context, line: str, quantity: int, approval: Approval | None = None
) -> dict[str, Any]:
    """Set a line's quantity; on a weighed line that is a keyed weight and takes the same right."""
    row = repository.open_row(ctx.app.db, ctx.device)
    known = rules.find(OpenBasket.from_row(row).basket, line) if row is not None else None
    if known is not None and known.weighed and known.amount_minor is None:
        ctx = ctx.app.people.need(ctx, "till.keyed_weight", approval)

    def verb(draft: Draft, opened: OpenBasket) -> OpenBasket:
        changed = rules.change_quantity(opened.basket, line, quantity)
        if (weighed := rules.find(changed, line)).weighed:
            draft.audit("till.weight_keyed", f"basket:{changed.id}", sku=weighed.sku, grams=quantity)
        return _without_tenders(opened, changed)

    return change(ctx, verb)


def remove_line(ctx: Context, line: str) -> dict[str, Any]:
    """Take a line away; the trace stays in the audit."""

    def verb(draft: Draft, opened: OpenBasket) -> OpenBasket:
        gone = rules.find(opened.basket, line)
        if len(opened.basket.lines) == 1 and any(tender.kind == "card" for tender in opened.tenders):
            raise NotNow("till.card_taken")  # it would pay for the next customer, or vanish with a recall
        draft.audit(
            "till.line_removed", f"basket:{opened.basket.id}", sku=gone.sku, code=gone.code, gross=gone.gross
        )
        return _without_tenders(opened, rules.remove(opened.basket, line))

    return change(ctx, verb, grows=False)


def choose(
    ctx: Context, line: str, sku: str, *, grams: int | None = None, approval: Approval | None = None
) -> dict[str, Any]:
    """Settle a code that leads to several products: the cashier names one of them. One by weight whose code
    carries none takes keyed grams under their right."""

    def chosen(row: Line) -> Line:
        scanned, offers = lines.read_code(ctx.app.reference, row.code, ctx.app.clock.price_ms())
        offer = next((offer for offer in offers if offer.sku == sku), None)
        if offer is None:
            raise Invalid("till.not_a_choice", sku=sku, code=row.code)
        return _known_line(ctx, row, scanned, offer, grams)

    by = _keyed_weight(ctx, _shown(ctx, line, chosen), approval)

    def verb(draft: Draft, opened: OpenBasket) -> OpenBasket:
        known = chosen(rules.find(opened.basket, line))
        _audit_weight(draft, opened, known)
        return _without_tenders(opened, rules.resolve(opened.basket, line, known))

    return change(by, verb)


def resolve_unknown(
    ctx: Context, line: str, sku: str, approval: Approval | None, *, grams: int | None = None
) -> dict[str, Any]:
    """A manager says which product an unknown code is, by weight too; the event will carry the code."""
    offer = offers_for_skus(ctx.app.reference, [sku], ctx.app.clock.price_ms()).get(sku)
    if offer is None:
        raise NotFound("till.product_unknown", sku=sku)

    def chosen(row: Line) -> Line:
        scanned, _ = lines.read_code(ctx.app.reference, row.code, ctx.app.clock.price_ms())
        return _known_line(ctx, row, scanned, offer, grams)

    shown = _shown(ctx, line, chosen)  # a missing weight is said before anybody's PIN is asked for
    by = _keyed_weight(ctx.app.people.need(ctx, "till.resolve_unknown", approval), shown, approval)

    def verb(draft: Draft, opened: OpenBasket) -> OpenBasket:
        row = rules.find(opened.basket, line)
        known = chosen(row)
        draft.audit("till.code_resolved", f"basket:{opened.basket.id}", code=row.code, sku=sku)
        _audit_weight(draft, opened, known)
        return _without_tenders(opened, rules.resolve(opened.basket, line, known))

    return change(by, verb)


def discount(
    ctx: Context, line: str | None, kind: str, value: int, reason: str, approval: Approval | None
) -> dict[str, Any]:
    """Discount a line or the whole basket within the limit of role; beyond it an approver's limit counts."""
    given: Discount | None = None
    if value:
        ctx.app.reference.settings.reason("discount", reason)
        ctx = _within_limit(ctx, line, kind, value, approval)
        given = Discount(kind, value, reason, ctx.approved_by.staff if ctx.approved_by else None)

    def verb(draft: Draft, opened: OpenBasket) -> OpenBasket:
        draft.audit(
            "till.discounted", f"basket:{opened.basket.id}", line=line, kind=kind, value=value, why=reason
        )
        if line is None:
            return _without_tenders(opened, rules.discount_basket(opened.basket, given))
        return _without_tenders(opened, rules.discount_line(opened.basket, line, given))

    return change(ctx, verb, grows=given is not None)


def accept_prices(ctx: Context, keep: bool) -> dict[str, Any]:
    """After a price switched: take the new prices, or keep those that were scanned."""

    def verb(draft: Draft, opened: OpenBasket) -> OpenBasket:
        switched = switched_prices(ctx, opened.basket)
        draft.audit("till.price_switch", f"basket:{opened.basket.id}", keep=keep, lines=sorted(switched))
        if keep:
            kept = opened.kept | {line: price.price_ref for line, price in switched.items()}
            return replace(opened, kept=kept)
        priced = tuple(switched.get(line.id, line) for line in opened.basket.lines)
        return _without_tenders(
            opened, replace(opened.basket, lines=priced, version=opened.basket.version + 1)
        )

    return change(ctx, verb, grows=False)


def switched_prices(ctx: Context, basket: Basket) -> dict[str, Line]:
    """Lines whose product costs something else now: line id → the line at today's price."""
    sold = [
        line for line in basket.lines if line.sku and line.state == rules.OK and line.amount_minor is None
    ]
    now = prices_now(ctx.app.reference, {line.sku for line in sold if line.sku}, ctx.app.clock.price_ms())
    found = {}
    for line in sold:
        price = now.get(line.sku or "")
        if price is not None and price.price_minor != line.unit_price_minor:
            found[line.id] = replace(line, unit_price_minor=price.price_minor, price_ref=price.ref)
    return found


def hold(ctx: Context, note: str) -> dict[str, Any]:
    """Put the basket aside for any terminal of the store."""
    need_right(ctx)
    with ctx.app.journal.changing(ctx) as draft:
        opened = replace(_need_lines(draft), note=note[:80], tenders=())
        repository.save(draft.tx, opened, "held", draft.at)
        draft.audit("till.held", f"basket:{opened.basket.id}", note=opened.note)
        draft.result |= {"held": opened.basket.id}
        return draft.result


def recall(ctx: Context, basket: str) -> dict[str, Any]:
    """Take a held basket to this terminal; refused while lines wait here or someone else was faster."""
    need_right(ctx)
    with ctx.app.journal.changing(ctx) as draft:
        need_open_shift(draft.tx, ctx.device)
        row = repository.basket_row(draft.tx, basket)
        if row is None or row["state"] != "held":
            raise Conflict("till.not_held", basket=basket)
        current = repository.open_row(draft.tx, ctx.device)
        if current is not None:
            if OpenBasket.from_row(current).basket.lines:
                raise Conflict("till.basket_not_empty")
            draft.tx.execute("DELETE FROM basket WHERE id = ?", (current["id"],))
        opened = OpenBasket.from_row(row)
        moved = replace(opened.basket, terminal=ctx.device, version=opened.basket.version + 1)
        repository.save(draft.tx, opened.with_basket(moved), "open", draft.at)
        draft.audit("till.recalled", f"basket:{basket}", came_from=row["terminal"])
        draft.result |= {"basket": basket, "recalled": True}
        return draft.result


def abort(ctx: Context, reason: str, approval: Approval | None) -> dict[str, Any]:
    """Give a basket up; it leaves a trace in the journal."""
    ctx = ctx.app.people.need(ctx, "till.void_basket", approval)
    ctx.app.reference.settings.reason("void", reason)
    with ctx.app.journal.changing(ctx) as draft:
        shift = need_open_shift(draft.tx, ctx.device)
        opened = _need_lines(draft)
        sums = _sums(ctx, opened.basket)
        fact = BasketAborted(
            basket=opened.basket.id,
            started_at=opened.basket.started_at,
            reason=reason,
            lines=len(opened.basket.lines),
            pieces=sums.pieces,
            total_minor=sums.total,
            currency=opened.basket.currency,
        )
        draft.event(fact, day=shift["day"], shift=shift["id"], agg=[f"basket:{opened.basket.id}"])
        repository.save(draft.tx, opened, "aborted", draft.at)
        draft.audit("till.aborted", f"basket:{opened.basket.id}", why=reason, total=sums.total)
        return draft.result


# -- shared steps ------------------------------------------------------------------------------------------


def _known_line(ctx: Context, row: Line, scanned: Scanned, offer: Offer, grams: int | None) -> Line:
    """The red row as a line of this product; grams count only where the code itself carries no weight."""
    bare = scanned.weight_grams is None and scanned.amount_minor is None
    if offer.weighed and bare and grams is not None:
        return lines.offer_line(
            ctx.app.reference, row.id, offer, code=scanned.text, quantity=grams, keyed=True
        )
    return lines.line_for(ctx.app.reference, row.id, scanned, [offer], row.quantity)


def _shown(ctx: Context, line: str, chosen: Callable[[Line], Line]) -> Line | None:
    """What the line on the screen would become; `None` when there is no such line (the verb will say so)."""
    row = repository.open_row(ctx.app.db, ctx.device)
    held = OpenBasket.from_row(row).basket.lines if row is not None else ()
    return next((chosen(known) for known in held if known.id == line), None)


def _keyed_weight(ctx: Context, line: Line | None, approval: Approval | None) -> Context:
    """The right for a weight by hand, where the line has one."""
    if line is None or not line.keyed_weight:
        return ctx
    allowed: Context = ctx.app.people.need(ctx, "till.keyed_weight", approval)
    return allowed


def _audit_weight(draft: Draft, opened: OpenBasket, line: Line) -> None:
    if line.keyed_weight:
        draft.audit("till.weight_keyed", f"basket:{opened.basket.id}", sku=line.sku, grams=line.quantity)


def _added(draft: Draft, opened: OpenBasket, line: Line) -> OpenBasket:
    merge = draft.ctx.app.reference.settings.need_chain().merge_lines
    return _without_tenders(opened, rules.add(opened.basket, line, merge=merge))


def _sums(ctx: Context, basket: Basket) -> Totals:
    policy = ctx.app.reference.settings.tax_policy
    return rules.totals(lines.with_known_taxes(basket, policy), policy)


def _need_lines(draft: Draft) -> OpenBasket:
    """The open basket if it has lines and no card payment, which only the card terminal can take back."""
    row = repository.open_row(draft.tx, draft.ctx.device)
    opened = OpenBasket.from_row(row) if row is not None else None
    if opened is None or not opened.basket.lines:
        raise NotNow("till.basket_empty")
    if any(tender.kind == "card" for tender in opened.tenders):
        raise NotNow("till.card_taken")
    return opened


def _lean(draft: Draft, before: OpenBasket, after: OpenBasket) -> OpenBasket:
    """A discount by amount goes when what it was given for has shrunk, any discount with the last line: it was
    granted as a share of those goods, and must not become a larger share of fewer.
    """
    old = {line.id: line for line in before.basket.lines}
    lines_now = tuple(
        replace(line, discount=None)
        if line.discount and line.discount.kind == rules.AMOUNT and line.gross < old.get(line.id, line).gross
        else line
        for line in after.basket.lines
    )
    given = after.basket.discount
    shrunk = sum(line.gross for line in lines_now) < sum(line.gross for line in before.basket.lines)
    if given is not None and (not lines_now or (given.kind == rules.AMOUNT and shrunk)):
        given = None
    if lines_now == after.basket.lines and given == after.basket.discount:
        return after
    draft.audit("till.discount_dropped", f"basket:{after.basket.id}")
    draft.result["discount_dropped"] = True
    return after.with_basket(replace(after.basket, lines=lines_now, discount=given))


def _without_tenders(opened: OpenBasket, basket: Basket) -> OpenBasket:
    """A changed total: cash in hand is counted anew, cards that were really charged stay."""
    cards = tuple(tender for tender in opened.tenders if tender.kind == "card")
    return replace(opened, basket=basket, tenders=cards)


def _next_id(basket: Basket) -> str:
    return f"l{basket.version + 1}"


def _within_limit(
    ctx: Context, line: str | None, kind: str, value: int, approval: Approval | None
) -> Context:
    """The right and the limit of role, else an approver with a higher one; before the transaction, as a PIN
    takes its time."""
    people = ctx.app.people
    row = repository.open_row(ctx.app.db, ctx.device)
    if row is None:
        raise NotNow("till.basket_empty")
    basket = OpenBasket.from_row(row).basket
    gross = rules.find(basket, line).gross if line else sum(item.gross for item in basket.lines)
    ppm = value if kind == rules.PERCENT else -(-value * 1_000_000 // gross) if gross else 1_000_000
    ppm = max(ppm, _stacked_ppm(ctx, basket, line, Discount(kind, value, "")))
    if ctx.actor.may("till.discount") and ppm <= people.discount_limit(ctx.actor):
        return ctx
    if approval is None:
        raise NotPermitted("people.approval_needed", permission="till.discount", discount_ppm=ppm)
    approved: Context = people.approved(ctx, "till.discount", approval)
    if approved.approved_by is None or ppm > people.discount_limit(approved.approved_by):
        own = approval.staff == ctx.actor.staff
        code = "till.discount_own_approval" if own else "till.discount_over_limit"
        raise NotPermitted(code, discount_ppm=ppm)
    return approved


def _stacked_ppm(ctx: Context, basket: Basket, line: str | None, given: Discount) -> int:
    """What nobody has approved takes off the worst-off line once `given` is added: a discount of its own and its
    share of the basket's count together, so that two small ones do not pass a limit that one may not."""
    if line is None:
        after = rules.discount_basket(basket, given)
    else:
        after = rules.discount_line(basket, line, given)
    sums = rules.totals(after, ctx.app.reference.settings.tax_policy)
    shared = after.discount is not None and after.discount.approved_by is None
    worst = 0
    for item, total in zip(after.lines, sums.lines, strict=True):
        own = item.discount is not None and item.discount.approved_by is None
        off = (total.discount if own else 0) + (total.basket_discount if shared else 0)
        if off > 1 and total.gross and own and shared:
            worst = max(worst, (off - 1) * 1_000_000 // total.gross)  # a minor unit of rounding is nobody's
    return worst
