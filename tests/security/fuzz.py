"""schemathesis against an application in this process: in a build always the same examples, by hand those of a seed.

`LIANPU_FUZZ_SEED` draws others, `LIANPU_FUZZ_EXAMPLES` says how many (docs/security.md, Fuzzing).
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.builders.contract import document

# Of each call, right and wrong ones each; a build affords eight.
EXAMPLES = int(os.environ.get("LIANPU_FUZZ_EXAMPLES", "8"))
SEED = os.environ.get("LIANPU_FUZZ_SEED")  # a number; without one the examples are the same for ever
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
_keys = itertools.count(1)


@dataclass
class Target:
    """An application, what a permitted caller sends, and words that mean something there."""

    name: str
    app: Flask
    base: str
    headers: Callable[[], dict[str, str]]
    cookies: dict[str, str] = field(default_factory=dict)
    known: dict[str, Any] = field(default_factory=dict)

    def operation(self, id_: str) -> Any:
        """One call of the file."""
        schema = schemathesis.openapi.from_dict(document(self.name))
        schema.app = self.app
        schema.config.update(base_url=self.base)
        return schema.find_operation_by_id(id_)


def next_key() -> str:
    """An Idempotency-Key that was not used before."""
    return f"fuzz-{next(_keys):08d}"


def attack(target: Target, id_: str) -> None:
    """Right and wrong requests to one call; every second one has a permitted caller's headers and known words."""
    operation = target.operation(id_)
    seen: set[int] = set()
    for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
        seen |= _run(target, operation.as_strategy(generation_mode=mode))
    assert seen - {400, 401}, "no request got past the door"


def _run(target: Target, cases: Any) -> set[int]:
    """The statuses that a permitted caller saw."""
    seen = set()

    @settings(
        max_examples=EXAMPLES, derandomize=SEED is None, database=None, deadline=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(cases, st.booleans())
    def one(case: Any, permitted: bool) -> None:
        if permitted:
            _make_known(case, target.known)
        headers = target.headers() if permitted else {}
        answer = case.call(base_url=target.base, headers=headers, cookies=target.cookies)
        if permitted:
            seen.add(answer.status_code)
        case.validate_response(answer, checks=CHECKS)

    (one if SEED is None else seed(int(SEED))(one))()
    return seen


def _make_known(case: Any, known: dict[str, Any]) -> None:
    """Names that mean something instead of noise, where the request has them."""
    for part in (case.body, case.query, case.path_parameters):
        if isinstance(part, dict):
            part.update({name: known[name] for name in part if name in known})
