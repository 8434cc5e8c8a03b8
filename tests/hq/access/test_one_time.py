"""One-time codes against the published vectors, their neighbours and everybody else's typing."""

from __future__ import annotations

import pytest

from hq.access.one_time import address, code_at, new_recovery_codes, new_secret, plain, spelled, step_of

SECRET = b"12345678901234567890"  # RFC 6238, appendix B
VECTORS = {
    59: "287082",
    1_111_111_109: "081804",
    1_111_111_111: "050471",
    1_234_567_890: "005924",
    2_000_000_000: "279037",
    20_000_000_000: "353130",
}


@pytest.mark.parametrize("seconds", VECTORS)
def test_the_codes_are_those_of_the_standard(seconds: int) -> None:
    assert code_at(SECRET, seconds * 1000) == VECTORS[seconds]
    assert step_of(SECRET, VECTORS[seconds], seconds * 1000) == seconds // 30


@pytest.mark.parametrize(("off", "heard"), [(-60, False), (-30, True), (30, True), (60, False)])
def test_a_phone_may_be_one_step_off(off: int, heard: bool) -> None:
    now = 1_700_000_010_000
    assert (step_of(SECRET, code_at(SECRET, now + off * 1000), now) is not None) is heard


@pytest.mark.parametrize("typed", ["", "28708", "2870822", "２８７０８２", "abcdef", "28708\n", "287082\0"])
def test_what_is_no_six_digits_is_no_code(typed: str) -> None:
    assert step_of(SECRET, typed, 59_000) is None


def test_an_app_reads_name_and_secret_from_the_address() -> None:
    assert address(SECRET, "karen@lianpu", "Lianpu") == (
        "otpauth://totp/Lianpu:karen%40lianpu?digits=6&secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
        "&algorithm=SHA1&issuer=Lianpu&period=30"
    )
    assert spelled(SECRET) == "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ"


def test_secrets_and_recovery_codes_differ_each_time() -> None:
    assert new_secret() != new_secret()
    codes = new_recovery_codes()
    assert len(set(codes)) == 10
    assert plain(" " + codes[0].upper().replace("-", " ")) == codes[0].replace("-", "")
