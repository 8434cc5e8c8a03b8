"""What a figure says about itself."""

from __future__ import annotations

from proof.bench.measure import Figure, alternate, judged, number, percentile, ratio_of, scaled


def test_a_ratio_that_must_not_be_exceeded() -> None:
    figure = Figure("commit", 1.8, 1.0, "ms", 1.8, target=1.5)
    assert not figure.met
    assert figure.line() == "commit: ours 1.80 limit 1.00 ms, ratio 1.80 (target ≤ 1.5 ×) missed by 0.30"
    assert Figure("commit", 1.4, 1.0, "ms", 1.4, target=1.5).verdict == "met"


def test_a_ratio_that_must_be_reached() -> None:
    figure = Figure("upload", 3_000.0, 10_000.0, "sales/s", 0.3, target=0.4, at_least=True)
    assert figure.row() == "| upload | 3,000 sales/s | 10,000 sales/s | 0.30 | ≥ 0.4 × | missed by 0.10 |"
    assert Figure("upload", 5.0, 10.0, "sales/s", 0.5, target=0.4, at_least=True).met


def test_a_bound_in_its_own_unit_goes_before_the_ratio() -> None:
    figure = Figure("scan", 41.0, 17.0, "ms", 2.4, target=1.0, bound=33.0)
    assert (figure.met, figure.wanted, figure.verdict) == (False, "≤ 33 ms", "missed by 8 ms")


def test_a_figure_without_a_target_is_only_told() -> None:
    figure = Figure("bytes", 300.0, 200.0, "bytes", 1.5)
    assert (figure.met, figure.wanted, figure.verdict) == (None, "", "")
    assert figure.line() == "bytes: ours 300 limit 200 bytes, ratio 1.50"


def test_at_a_smaller_size_or_of_fewer_rounds_nothing_is_met() -> None:
    figure = Figure("search", 1.0, 1.0, "ms", 1.0, target=1.5, short=scaled(50_000, 500_000))
    assert figure.met is None
    assert figure.line().endswith("ratio 1.00 (target ≤ 1.5 ×) at a tenth of the size")
    assert figure.row().endswith("| 1.00 | ≤ 1.5 × | at a tenth of the size |")
    assert [one.short for one in judged([figure], 5)] == ["at a tenth of the size"]
    assert [one.short for one in judged([figure], 3)] == ["at a tenth of the size, of 3 rounds, not 5"]
    assert [scaled(size, 500_000) for size in (30, 500_000, 500_001)] == ["at 30 of 500,000", "", ""]
    assert judged([Figure("commit", 1.4, 1.0, "ms", 1.4, target=1.5)], 5)[0].verdict == "met"


def test_what_is_wrong_in_one_row_of_an_item_is_wrong_in_all() -> None:
    rows = [
        Figure("a", 1.0, 1.0, "ms", 1.0, target=2.0),
        Figure("b", 1.0, 1.0, "ms", 1.0, note="WRONG: 1 of 2"),
    ]
    assert [(row.met, row.verdict, row.note) for row in judged(rows, 5)] == [(None, "", "WRONG: 1 of 2")] * 2


def test_medians_of_alternating_rounds_are_paired() -> None:
    mine, theirs = alternate(3, iter_of([[9.0], [1.0], [2.0], [3.0]]), iter_of([[9.0], [1.0], [1.0], [2.0]]))
    assert (mine, theirs) == ([[1.0], [2.0], [3.0]], [[1.0], [1.0], [2.0]])
    assert ratio_of(mine, theirs, 0.5) == (2.0, 1.0, 1.5)


def test_percentiles_and_numbers() -> None:
    assert [percentile([5.0, 1.0, 3.0], share) for share in (0.0, 0.5, 0.99)] == [1.0, 3.0, 5.0]
    assert [number(value) for value in (0.1234, 12.34, 1234.5)] == ["0.12", "12.3", "1,234"]


def iter_of(runs: list[list[float]]):  # type: ignore[no-untyped-def]
    """One run after the other."""
    left = iter(runs)
    return lambda: next(left)
