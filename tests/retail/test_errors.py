"""Errors carry codes and facts; their place in the tree decides how a boundary answers."""

import pytest

from retail import errors
from retail.errors import DatabaseBusy, Invalid, LianpuError, Misconfigured, Refused, Unavailable


def test_code_and_facts_are_kept_apart_from_words() -> None:
    error = Invalid("money.too_precise", text="1.234", decimals=2)

    assert (error.code, error.facts) == ("money.too_precise", {"text": "1.234", "decimals": 2})
    assert str(error) == "money.too_precise (text='1.234', decimals=2)"
    assert str(LianpuError("web.failed")) == "web.failed"


def test_a_fact_may_be_called_code() -> None:
    error = Invalid("catalogue.code_taken", code="6901234567892")

    assert (error.code, error.facts) == ("catalogue.code_taken", {"code": "6901234567892"})


def test_unavailable_says_when_to_try_again() -> None:
    assert DatabaseBusy("db.busy", retry_after_seconds=3, path="x").retry_after_seconds == 3
    assert DatabaseBusy("db.busy").retry_after_seconds is None


def test_misconfigured_lists_every_problem() -> None:
    error = Misconfigured(["no currency", "no store"])

    assert error.problems == ["no currency", "no store"]
    assert (error.code, str(error)) == ("config.invalid", "no currency\nno store")


@pytest.mark.parametrize(
    ("name", "parent"),
    [
        ("Invalid", Refused),
        ("NotFound", Refused),
        ("Conflict", Refused),
        ("NotPermitted", Refused),
        ("NotNow", Refused),
        ("LimitExceeded", Refused),
        ("DeviceError", Unavailable),
        ("NetworkError", Unavailable),
        ("DatabaseBusy", Unavailable),
        ("ProtocolError", LianpuError),
        ("Misconfigured", LianpuError),
    ],
)
def test_the_tree(name: str, parent: type[LianpuError]) -> None:
    assert getattr(errors, name).__mro__[1] is parent
