"""The digest is a sum: order does not matter, and it moves without reading the other rows."""

from hypothesis import given
from hypothesis import strategies as st

from sync.digest import EMPTY, moved, of_rows, row_hash

ROWS = st.dictionaries(
    st.tuples(st.sampled_from("abc"), st.text(max_size=4)), st.binary(max_size=8), max_size=12
)


@given(ROWS, st.randoms())
def test_order_does_not_matter(rows, random):
    listed = [(kind, key, data) for (kind, key), data in rows.items()]
    shuffled = listed[:]
    random.shuffle(shuffled)

    assert of_rows(listed) == of_rows(shuffled)


@given(ROWS, ROWS)
def test_moving_equals_counting_anew(before, after):
    gone = [row_hash(*place, data) for place, data in before.items()]
    come = [row_hash(*place, data) for place, data in after.items()]

    found = moved(of_rows((*place, data) for place, data in before.items()), gone, come)

    assert found == of_rows((*place, data) for place, data in after.items())


def test_fields_cannot_run_into_each_other():
    assert row_hash("ab", "c", b"") != row_hash("a", "bc", b"")
    assert of_rows([]) == EMPTY
