"""Both APIs are described by files that a program made of the code, and the files are valid and fresh."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask import Flask
from openapi_spec_validator import OpenAPIV31SpecValidator

from proof.openapi.document import calls_of
from proof.openapi.files import DOCS, texts
from proof.openapi.refusals import refusals_of
from tests.house import names

FILES = ("hq.json", "till.json")


@pytest.fixture(scope="module")
def fresh() -> dict[str, str]:
    return texts()


@pytest.mark.parametrize("name", FILES)
def test_the_file_is_what_the_code_makes(fresh: dict[str, str], name: str) -> None:
    assert (DOCS / name).read_text(encoding="utf-8") == fresh[name], "run python -m proof.openapi"


@pytest.mark.parametrize("name", FILES)
def test_the_file_is_openapi(name: str) -> None:
    found = json.loads((DOCS / name).read_text(encoding="utf-8"))

    assert [error.message for error in OpenAPIV31SpecValidator(found).iter_errors()] == []


@pytest.mark.parametrize(("name", "page"), [("hq.json", names.hq_calls), ("till.json", names.till_calls)])
def test_the_file_has_every_call_that_the_pages_have(fresh: dict[str, str], name: str, page: Any) -> None:
    """The pages of docs/ are compared with the same url maps (tests/house/test_docs.py)."""
    paths = json.loads(fresh[name])["paths"]
    described = {
        f"{method.upper()} {path.replace('{', '<').replace('}', '>')}"
        for path in paths
        for method in paths[path]
    }

    assert described == {call for prefix, call in page() if prefix == "/api/v1" and call}


def test_a_call_that_declares_nothing_stops_the_generation() -> None:
    app = Flask("house")
    app.add_url_rule("/api/v1/nothing", "nothing", lambda: "")

    with pytest.raises(AttributeError, match="contract"):
        calls_of(app)


def test_refusals_are_read_from_the_source() -> None:
    found = refusals_of(("edge", "kit"))

    assert "people.device_unknown" in found[401]
    assert {"people.approval_needed", "people.not_permitted"} <= set(found[403])  # a choice between two
    assert "stock.line_malformed" in found[422]  # raised by the name of a field
