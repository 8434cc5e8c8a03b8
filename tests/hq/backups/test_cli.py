"""`lianpu-hq backup`, `backup-key`, `restore`, `release`."""

from __future__ import annotations

import errno
import json
import os

import pytest
from click.testing import CliRunner

from hq.backups import keys, queries
from hq.backups.sealed import KEY_BYTES
from hq.cli import main
from hq.commands import perform
from hq.headquarters import Headquarters
from kit.crypto import write_secret


@pytest.fixture
def home(tmp_path):
    made = tmp_path / "hq"
    assert lianpu_hq(made, "init", "--language", "en")[0] == 0
    return made


def lianpu_hq(home, *words):
    result = CliRunner().invoke(main, ["--home", str(home), *words])
    return result.exit_code, result.output


def test_back_up_restore_release(home):
    code, said = lianpu_hq(home, "backup", "--json")
    made = json.loads(said)
    assert code == 0 and made["copies"] == {str(home / "backups"): ""}
    assert lianpu_hq(home, "store", "add", "001", "--zone", "A")[0] == 0

    code, said = lianpu_hq(home, "restore", str(home / "backups" / made["file"]))

    assert code == 0, said
    assert f"restored {made['file']}" in said and "epoch 00000002-" in said
    assert f"the old database lies in {home}/replaced/" in said
    assert lianpu_hq(home, "release") == (0, "the stores take HQ's rows again\n")
    assert lianpu_hq(home, "release")[0] == 1
    hq = Headquarters.open(home)
    assert hq.db.value("SELECT COUNT(*) FROM store") == 0
    hq.close()


def test_the_key_is_printed_in_words_that_open(home):
    code, said = lianpu_hq(home, "backup-key")

    assert code == 0 and keys.from_words(said) == keys.load(home / keys.FILE)


def test_the_words_of_another_key_are_not_printed_for_the_safe(home):
    assert lianpu_hq(home, "backup")[0] == 0
    words = lianpu_hq(home, "backup-key")[1]
    write_secret(home / keys.FILE, bytes(KEY_BYTES))

    code, said = lianpu_hq(home, "backup-key")

    assert code == 1 and "is not the key that the kept backups were made with" in said
    assert keys.to_words(bytes(KEY_BYTES)) not in said
    (home / keys.FILE).write_text(words)
    assert lianpu_hq(home, "backup-key") == (0, words)


def test_a_broken_database_keeps_nobody_from_the_words(home):
    words = lianpu_hq(home, "backup-key")[1]
    (home / "hq.sqlite").write_bytes(b"rot" * 5000)

    code, said = lianpu_hq(home, "backup-key")

    assert code == 0 and said.endswith(words) and said.startswith("not compared with the backups")


def test_a_lost_key_is_replaced_only_when_a_person_gives_it_up(home):
    for _ in range(3):
        assert lianpu_hq(home, "backup")[0] == 0
    first = lianpu_hq(home, "backup-key")[1]
    assert lianpu_hq(home, "backup-key", "--new")[0] == 1, "it is not lost"
    (home / keys.FILE).unlink()
    for command in ("backup-key", "backup"):
        code, said = lianpu_hq(home, command)
        assert code == 1 and "backup-key --new" in said

    code, second = lianpu_hq(home, "backup-key", "--new")

    assert code == 0 and keys.from_words(second) == keys.load(home / keys.FILE) != keys.from_words(first)
    hq = Headquarters.open(home)
    assert {row.state for row in queries.listed(hq.db)} == {"failed"}
    assert hq.db.value("SELECT count(*) FROM durable") == 0
    hq.close()
    assert lianpu_hq(home, "backup", "--incremental")[0] == 0


def test_a_running_server_takes_the_backup_and_refuses_the_restore(home):
    hq = Headquarters.open(home)
    try:
        assert perform(hq, "backup", {"kind": "full"})["kind"] == "full"
        file = next((home / "backups").iterdir())
        code, said = lianpu_hq(home, "restore", str(file))
        assert code == 1 and "in use by another Lianpu process" in said
    finally:
        hq.close()


def test_a_full_disk_is_told_in_words_and_the_same_command_goes_on(home, monkeypatch):
    lianpu_hq(home, "backup")
    (file,) = (home / "backups").iterdir()

    def full(source, _target):
        raise OSError(errno.ENOSPC, "No space left on device", source)

    with monkeypatch.context() as patched:
        patched.setattr(os, "rename", full)
        code, said = lianpu_hq(home, "restore", str(file))

    assert code == 1 and "Traceback" not in said
    assert f"The restore did not come to its end: {home}/hq.sqlite" in said
    assert "No space left on device. Mend that and run the same command again." in said
    assert lianpu_hq(home, "restore", str(file))[0] == 0


def test_no_secret_is_ever_logged_or_audited(home, capfd):
    lianpu_hq(home, "backup")

    key = keys.load(home / keys.FILE)
    raw = b"".join(path.read_bytes() for path in home.glob("hq.sqlite*"))
    shown = "".join(capfd.readouterr())
    for form in (key.hex(), keys.to_words(key)):
        assert form not in shown and form.encode() not in raw
    assert key not in raw
