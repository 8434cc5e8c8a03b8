"""One TOML file, the environment over it, every problem at once."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from kit.config import load
from retail.errors import Misconfigured


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What the tests configure."""

    host: str = "127.0.0.1"
    port: int = 8101
    lan: bool = False
    host_names: list[str] = msgspec.field(default_factory=list)


def plan(tmp_path: Path, text: str | None = None, **environment: str) -> Plan:
    path = tmp_path / "edge.toml"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    return load(Plan, path, environment, "LIANPU_EDGE_")


def problems(tmp_path: Path, text: str | None = None, **environment: str) -> list[str]:
    with pytest.raises(Misconfigured) as refused:
        plan(tmp_path, text, **environment)
    return [problem.replace(str(tmp_path), "…") for problem in refused.value.problems]


def test_no_file_means_the_defaults(tmp_path: Path) -> None:
    assert plan(tmp_path) == Plan()


def test_the_environment_beats_the_file(tmp_path: Path) -> None:
    found = plan(tmp_path, 'port = 8102\nlan = true\nhost_names = ["a"]', LIANPU_EDGE_PORT="8103",
                 LIANPU_EDGE_HOST_NAMES="b, c,", OTHER="1")  # fmt: skip
    assert found == Plan(port=8103, lan=True, host_names=["b", "c"])


def test_an_unknown_key_is_refused_with_a_suggestion(tmp_path: Path) -> None:
    assert problems(tmp_path, "prot = 1\ncolour = 2") == [
        "…/edge.toml: unknown setting prot; did you mean port?",
        "…/edge.toml: unknown setting colour",
    ]


def test_an_unknown_variable_is_refused_with_a_suggestion(tmp_path: Path) -> None:
    assert problems(tmp_path, LIANPU_EDGE_PROT="8102") == [
        "LIANPU_EDGE_PROT: unknown setting prot; did you mean port?"
    ]


def test_every_problem_is_told_at_once(tmp_path: Path) -> None:
    assert problems(tmp_path, 'prot = 1\nport = "many"', LIANPU_EDGE_LNA="1") == [
        "…/edge.toml: unknown setting prot; did you mean port?",
        "LIANPU_EDGE_LNA: unknown setting lna; did you mean lan?",
        "…/edge.toml: Expected `int`, got `str` - at `$.port`",
    ]


@pytest.mark.parametrize("text", ["port = ", "[port", "port = 1\nport = 2"])
def test_a_file_that_is_not_toml_is_refused_by_name(tmp_path: Path, text: str) -> None:
    assert problems(tmp_path, text)[0].startswith("…/edge.toml: ")


def test_a_file_that_cannot_be_read_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "edge.toml"
    path.write_bytes(b'host = "\xff\xfe"')
    assert problems(tmp_path)[0].startswith("…/edge.toml: ")
