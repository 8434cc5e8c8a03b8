"""What every page of the console shares: who asks, in which language, how a value is shown.

`needs` only marks a view with its permission; the guard in `hq.access.guard` refuses a view without a mark.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from flask import current_app, flash, g, render_template, request

from kit.context import Context
from kit.i18n import LANGUAGES
from kit.i18n import pick as pick_text
from retail.civil import store_local
from retail.errors import Invalid, LianpuError

if TYPE_CHECKING:
    from hq.running import Running

View = TypeVar("View", bound=Callable[..., Any])
PAGE_ROWS = 50
WHOLE_NUMBER = re.compile(r"-?[0-9]{1,12}")
LANGUAGE_COOKIE = "lianpu_language"
THEME_COOKIE = "lianpu_theme"


def hq() -> Running:
    """The running headquarters of this request."""
    running: Running = current_app.extensions["lianpu_hq"]
    return running


def ctx() -> Context:
    """The context of this request: who, when, trace."""
    current: Context = g.ctx
    return current


def needs(permission: str) -> Callable[[View], View]:
    """Mark a view with the permission it asks for."""

    def mark(view: View) -> View:
        view.permission = permission  # type: ignore[attr-defined]
        return view

    return mark


def open_to_all(view: View) -> View:
    """Mark a view that anybody may open (sign-in, health)."""
    view.permission = ""  # type: ignore[attr-defined]
    return view


def signed_in(view: View) -> View:
    """Mark a view that every signed-in person may open (own profile)."""
    view.permission = "*"  # type: ignore[attr-defined]
    return view


def takes(bytes_max: int) -> Callable[[View], View]:
    """Mark a view that takes a larger file than others do; only those who hold its permission may send one."""

    def mark(view: View) -> View:
        view.body_bytes_max = bytes_max  # type: ignore[attr-defined]
        return view

    return mark


# -- language ----------------------------------------------------------------------------------------------


def language() -> str:
    """The person's language; before sign-in the cookie's, then the browser's."""
    context: Context | None = g.get("ctx")
    if context is not None and context.actor.staff != "nobody":
        return context.actor.language
    chosen = request.cookies.get(LANGUAGE_COOKIE, "")
    if chosen in LANGUAGES:
        return chosen
    for offered, _quality in request.accept_languages:
        low = offered.lower()
        if low.startswith("zh"):
            return "zh-Hant" if any(part in low for part in ("hant", "hk", "tw", "mo")) else "zh-Hans"
        if low.startswith("en"):
            return "en"
    return "zh-Hant"


def t(message: str, /, **facts: object) -> str:
    """A text of the console in this person's language; `<message>.one` for one thing where there is such a text."""
    texts, one = hq().texts, f"{message}.one"
    if str(facts.get("n")) == "1" and (found := texts.text(language(), one, **facts)) != one:
        return found
    return texts.text(language(), message, **facts)


def pick(text: dict[str, str] | None) -> str:
    """One language of a stored text."""
    return pick_text(text, language())


def message_of(error: LianpuError) -> str:
    """What happened, in words; an unknown code falls back to a sentence that carries the code."""
    key = f"error.{error.code}"
    shown = {name: ", ".join(map(str, value)) if isinstance(value, list | tuple) else value
             for name, value in error.facts.items()}  # fmt: skip
    found = t(key, **shown)
    return t("error.unknown", code=error.code) if found == key else found


def say(message: str, /, **facts: object) -> None:
    """Tell the person on the next page what was done."""
    flash(t(message, **facts), "done")


def say_refused(error: LianpuError) -> None:
    """Tell the person on this page why nothing was changed."""
    flash(f"{message_of(error)} [{error.code}]", "refused")


# -- input -------------------------------------------------------------------------------------------------


def form_text(name: str) -> dict[str, str]:
    """A text in three languages from three fields; empty languages are left out."""
    found = {code: request.form.get(f"{name}.{code}", "").strip() for code in LANGUAGES}
    return {code: text for code, text in found.items() if text}


def form_int(name: str, default: int | None = None) -> int:
    """A whole number from a field."""
    raw = request.form.get(name, "").strip()
    if not raw and default is not None:
        return default
    if not WHOLE_NUMBER.fullmatch(raw):
        raise Invalid("form.not_a_number", field=name, value=raw[:40])
    return int(raw)


@dataclass(frozen=True)
class Page:
    """One page of a long table."""

    rows: list[Any]
    total: int
    number: int
    size: int = PAGE_ROWS

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.total // self.size))

    @property
    def first(self) -> int:
        """The ordinal of the first row shown."""
        return 0 if not self.total else (self.number - 1) * self.size + 1

    @property
    def last(self) -> int:
        """The ordinal of the last row shown."""
        return min(self.total, self.number * self.size)


def page_number() -> int:
    """The page asked for in the address, 1 for nonsense."""
    raw = request.args.get("page", "1")
    return max(1, int(raw)) if WHOLE_NUMBER.fullmatch(raw) and len(raw) < 8 else 1


def partial() -> bool:
    """Does htmx ask for a piece of the page?"""
    return request.headers.get("HX-Request") == "true" and request.headers.get("HX-Boosted") != "true"


def render(template: str, **facts: Any) -> str:
    """A page or a piece of one."""
    return render_template(template, **facts)


# -- output ------------------------------------------------------------------------------------------------


def local_time(ms: int | None, zone: str) -> str:
    """`YYYY-MM-DD HH:MM` on that zone's wall clock; a dash for never."""
    return "—" if ms is None else store_local(ms, zone)
