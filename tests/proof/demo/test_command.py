"""The demo's command line refuses what its story cannot be told with."""

from __future__ import annotations

import pytest

from proof.demo import __main__ as command


def test_too_few_baskets_are_refused_before_anything_starts(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["demo", "--selfcheck", "--baskets", "7", "--no-browser"])

    with pytest.raises(SystemExit) as ended:
        command.main()

    assert ended.value.code == 2
    assert "at least 8 a store" in capsys.readouterr().err
