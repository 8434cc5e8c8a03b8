"""The settings of this store as one immutable value."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from retail.barcode import WeighedRule
from retail.errors import NotFound, Unavailable
from retail.tax import TaxPolicy, TaxRule
from schemas.currencies import EXPONENTS, SYMBOLS, denominations
from schemas.rows.chain import ChainSettingsRow, QuickKeyRow, ReasonRow, RoleLimitRow
from schemas.rows.stores import StaffRow, StoreRow, TerminalRow


@dataclass(frozen=True)
class Settings:
    """Everything but products and prices. `chain` and `store` are None until the first sync.

    What is worked out from the rows is worked out once: a change makes a new value.
    """

    chain: ChainSettingsRow | None = None
    store: StoreRow | None = None
    terminals: dict[str, TerminalRow] = field(default_factory=dict)
    staff: dict[str, StaffRow] = field(default_factory=dict)
    roles: dict[str, RoleLimitRow] = field(default_factory=dict)
    reasons: dict[str, list[ReasonRow]] = field(default_factory=dict)
    quick_keys: tuple[QuickKeyRow, ...] = ()

    @property
    def ready(self) -> bool:
        """Has the first sync brought what selling needs?"""
        return self.chain is not None and self.store is not None

    def need_chain(self) -> ChainSettingsRow:
        """The chain's settings; `Unavailable("reference.not_loaded")` before the first sync."""
        if self.chain is None:
            raise Unavailable("reference.not_loaded")
        return self.chain

    def need_store(self) -> StoreRow:
        """The store's row; `Unavailable("reference.not_loaded")` before the first sync."""
        if self.store is None:
            raise Unavailable("reference.not_loaded")
        return self.store

    @property
    def currency(self) -> str:
        """ISO 4217 code of the chain."""
        return self.need_chain().currency

    @cached_property
    def exponent(self) -> int:
        """Decimals of the currency."""
        return EXPONENTS[self.currency]

    @cached_property
    def symbol(self) -> str:
        """How the currency is written in front of an amount."""
        return SYMBOLS.get(self.currency, self.currency)

    @cached_property
    def denominations(self) -> tuple[int, ...]:
        """Notes and coins, greatest first."""
        return denominations(self.currency)

    @cached_property
    def tax_policy(self) -> TaxPolicy:
        """The chain's taxes as the pure rules take them."""
        chain = self.need_chain()
        rules = tuple(TaxRule(code=t.code, rate_ppm=t.rate_ppm, included=t.included) for t in chain.taxes)
        return TaxPolicy(rules=rules, rounding=chain.tax_rounding)

    @cached_property
    def weighed_rules(self) -> tuple[WeighedRule, ...]:
        """In-store code rules."""
        rules = self.need_chain().weighed_rules
        return tuple(WeighedRule(pattern=r.pattern, kind=r.kind, check_digit=r.check_digit) for r in rules)

    def reason(self, list_name: str, code: str) -> ReasonRow:
        """A reason of a list; `NotFound("reference.reason_unknown")` when HQ has no such reason."""
        for row in self.reasons.get(list_name, ()):
            if row.code == code:
                return row
        raise NotFound("reference.reason_unknown", list=list_name, reason=code)
