"""The words for what is wrong with a row, in the reader's language."""

from __future__ import annotations

from hq import web
from hq.imports.model import Problem


def problem_reason(problem: Problem) -> str:
    """What is wrong with a row of an import."""
    return web.t(f"import.{problem.code}", value=problem.value, **problem.facts)


def problem_remedy(problem: Problem) -> str:
    """What to do about it."""
    return web.t(f"import.{problem.code}.fix", value=problem.value, **problem.facts)
