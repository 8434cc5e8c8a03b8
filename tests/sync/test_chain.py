"""The chain's bytes are fixed for ever: golden values, and the fast loop equals the plain one."""

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from sync import chain

INC = "0123456789abcdef0123456789abcdef"


def test_body_hash_is_domain_separated():
    assert chain.body_hash(b"{}") == hashlib.sha256(b"lianpu-body/1\0{}").digest()


def test_link_hash_covers_node_inc_seq_prev_and_body_hash():
    prev, bh = b"\1" * 32, b"\2" * 32

    found = chain.link_hash("001", INC, 7, prev, bh)

    names = b"\0\0\0\x03001" + b"\0\0\0\x20" + INC.encode()
    assert found == hashlib.sha256(b"lianpu-link/1\0" + names + (7).to_bytes(8, "big") + prev + bh).digest()


def test_inc_record_is_canonical():
    record = chain.inc_record("001", INC, ("p", 3, b"\xff" * 32), b"\0" * 32)

    assert record == (
        b'{"inc":"'
        + INC.encode()
        + b'","node":"001","parent":["p",3,"'
        + b"ff" * 32
        + b'"],"public_key":"'
        + b"00" * 32
        + b'"}'
    )
    assert b'"parent":null' in chain.inc_record("001", INC, None, b"\0" * 32)


def test_genesis_binds_the_record():
    assert chain.genesis(b"r") == hashlib.sha256(b"lianpu-inc/1\0r").digest()


@given(st.lists(st.binary(max_size=40), max_size=20), st.integers(1, 10**9))
def test_extend_equals_link_by_link(bodies, first_seq):
    hashes = [chain.body_hash(body) for body in bodies]
    prev = chain.genesis(b"record")

    expected = []
    for seq, bh in enumerate(hashes, first_seq):
        expected.append(chain.link_hash("001", INC, seq, expected[-1] if expected else prev, bh))

    assert chain.extend("001", INC, first_seq, prev, hashes) == expected
