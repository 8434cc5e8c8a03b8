"""The command line: the same functions with and without a running server."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from hq import commands, config
from hq.cli import main
from hq.headquarters import Headquarters
from retail.errors import Conflict, Misconfigured
from tests.builders.hq import House
from tests.hq.imports.files import a_row, encoded


def lianpu_hq(home: Path, *words: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["--home", str(home), *words])
    return result.exit_code, result.output


def test_a_headquarters_is_made_in_five_commands(tmp_path: Path) -> None:
    home, file = tmp_path / "hq", tmp_path / "p.csv"
    file.write_bytes(encoded([a_row(1), a_row(2) | {"sku": ""}]))

    made = lianpu_hq(home, "init", "--language", "en", "--json")
    store = lianpu_hq(home, "store", "add", "001", "--name", "Central", "--zone", "A")
    user = lianpu_hq(home, "user", "add", "anna", "--name", "Anna", "--role", "auditor")
    imported = lianpu_hq(home, "import", "products", str(file))
    doctor = lianpu_hq(home, "doctor", "--json")

    assert len(json.loads(made[1])["password"]) == 19
    assert store == (0, "store 001 added\n")
    assert user[0] == 0 and "shown once" in user[1]
    assert imported[0] == 1
    assert imported[1].endswith("2 rows: 1 new, 0 changed, 0 same, 1 rejected\n")
    assert "row 3 sku ''" in imported[1]
    assert json.loads(doctor[1])["ok"] is True


def test_a_headquarters_is_set_up_once(tmp_path: Path) -> None:
    assert lianpu_hq(tmp_path, "init")[0] == 0

    code, output = lianpu_hq(tmp_path, "init")

    assert code == 1 and "access.already_initialised" in output


def test_refusals_are_one_line(tmp_path: Path) -> None:
    lianpu_hq(tmp_path, "init")

    code, output = lianpu_hq(tmp_path, "store", "add", "0 1", "--name", "x", "--zone", "A")

    assert code == 1 and output.startswith("Error: 0 1 cannot be a store code")
    assert "[stores.code_unusable" in output and output.count("\n") == 1


def test_a_second_owner_of_the_database_is_refused(house: House) -> None:
    with pytest.raises(Misconfigured, match="in use by another Lianpu process"):
        commands.execute(house.hq.home, "doctor", {})


def test_a_running_server_takes_commands_with_its_token(house: House) -> None:
    commands.announce(house.hq, "http://127.0.0.1:1")
    token = (house.hq.home / commands.TOKEN_FILE).read_text()
    client = house.app.test_client()
    body = {"name": "zone.add", "arguments": {"code": "C", "name": {"en": "Zone C"}}}

    refused = client.post("/local/v1/command", json=body, headers={"Authorization": "Bearer wrong"})
    far = client.post(
        "/local/v1/command", json=body, headers={"Authorization": f"Bearer {token}"},
        environ_base={"REMOTE_ADDR": "192.0.2.9"},
    )  # fmt: skip
    done = client.post("/local/v1/command", json=body, headers={"Authorization": f"Bearer {token}"})

    assert (refused.status_code, far.status_code, done.json) == (403, 403, {"zone": "C"})
    assert (house.hq.home / commands.TOKEN_FILE).stat().st_mode & 0o777 == 0o600
    commands.withdraw(house.hq)
    late = client.post("/local/v1/command", json=body, headers={"Authorization": f"Bearer {token}"})
    assert late.status_code == 403


def test_the_same_home_opens_again_with_its_epoch_and_key(tmp_path: Path) -> None:
    first = Headquarters.open(tmp_path)
    epoch, public = first.epoch, first.key.public
    first.close()

    second = Headquarters.open(tmp_path)

    assert (second.epoch, second.key.public) == (epoch, public)
    second.close()


def test_init_refuses_when_somebody_is_there(house: House) -> None:
    with pytest.raises(Conflict, match="already_initialised"):
        commands.init(
            house.ctx, login="x1", name="X", password="", language="en", chain={"en": "x"}, currency="HKD",
            time_zone="UTC", cash_step_minor=1,
        )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "environment", "problem"),
    [
        ("prot = 1", {}, "unknown setting prot; did you mean port?"),
        ("port = 'x'", {}, "hq.toml"),
        ("port =", {}, "hq.toml"),
        ("", {"LIANPU_HQ_HOTS": "a"}, "did you mean host"),
    ],
)
def test_wrong_settings_are_named(
    tmp_path: Path, text: str, environment: dict[str, str], problem: str
) -> None:
    (tmp_path / "hq.toml").write_text(text)

    with pytest.raises(Misconfigured) as refused:
        config.load(tmp_path, environment)

    assert problem in str(refused.value)


def test_the_environment_wins(tmp_path: Path) -> None:
    (tmp_path / "hq.toml").write_text('port = 1\nhosts = ["a"]')

    found = config.load(tmp_path, {"LIANPU_HQ_PORT": "2", "LIANPU_HQ_HOSTS": "b, c", "OTHER": "x"})

    assert (found.port, found.hosts, found.secure) == (2, ["b", "c"], False)
    assert {"b", "c", "127.0.0.1", "127.0.0.1:2"} <= found.names()


def test_the_doctor_only_looks(tmp_path: Path) -> None:
    home = tmp_path / "none"

    code, output = lianpu_hq(home, "doctor")

    assert (code, output) == (
        1, f"Error: there is no headquarters in {home}; make one: lianpu-hq --home {home} init\n"
    )  # fmt: skip
    assert not home.exists()


def test_the_doctor_leaves_an_empty_folder_alone(tmp_path: Path) -> None:
    assert lianpu_hq(tmp_path, "doctor", "--json")[0] == 1

    assert list(tmp_path.iterdir()) == []


def test_a_command_that_needs_a_headquarters_makes_none(tmp_path: Path) -> None:
    home = tmp_path / "none"

    code, _output = lianpu_hq(home, "user", "add", "anna", "--name", "Anna", "--role", "auditor")

    assert code == 1 and not home.exists()
