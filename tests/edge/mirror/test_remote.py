"""A mirror on another PC: the same promises over the store's network, and nothing for anybody without the secret."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from edge.mirror.folder import Folder
from edge.mirror.keeper import Mirror, owner_of
from edge.mirror.letters import MAC_HEADER, NONCE_HEADER, PREFIX, Said, mac_of_ask
from edge.mirror.model import MirrorTrouble, Record
from edge.mirror.remote import Remote, Send
from edge.mirror.server import Receiver, create_app, secret_of
from proof.sim.parties import sell
from sync.chain import genesis, link_hash
from tests.edge.mirror.conftest import Mirrored

HOST = "192.0.2.10:8105"
SECRET = "a secret of the store"


@pytest.fixture
def there(tmp_path: Path) -> Path:
    folder = tmp_path / "other-pc"
    folder.mkdir()
    return folder


def line(there: Path, secret: str = SECRET) -> Send:
    """The other PC's process, just started, in this one; what it says is what it would say over the wire."""
    client = create_app(Receiver(there), secret, HOST).test_client()

    def send(path: str, headers: dict[str, str], body: bytes) -> tuple[dict[str, str], bytes]:
        answer = client.post(path, data=body, headers=headers, base_url=f"http://{HOST}")
        return {name.lower(): value for name, value in answer.headers.items()}, answer.data

    return send


@pytest.fixture
def far(shop: Mirrored, there: Path) -> Iterator[Mirrored]:
    """The store with its mirror on the other PC."""
    shop.mirror = a_far_mirror(shop, line(there))
    yield shop


def a_far_mirror(shop: Mirrored, send: Send) -> Mirror:
    return Mirror(shop.node, Remote("", SECRET, owner_of(shop.node), send), shop.world.line)


def test_bk_07_what_a_disk_lost_comes_back_from_the_other_pc(far: Mirrored, there: Path) -> None:
    first = far.sell()
    kept = far.old_disk()
    told = [far.sell() for _ in range(3)]

    far.put_back(kept)
    far.mirror = a_far_mirror(far, line(there))
    assert far.mirror.turn(), far.mirror.why

    assert far.sales() == sorted([first, *told])
    far.settle()
    assert far.at_hq() == sorted([first, *told])


def test_the_other_pc_may_be_started_anew_at_any_time(far: Mirrored, there: Path) -> None:
    far.sell()
    place = far.mirror._place
    assert isinstance(place, Remote)
    place._send = line(there)

    far.sell()

    assert far.mirror.status()["lag"] == 0


def test_a_pc_that_is_off_is_unreachable_and_filled_later(far: Mirrored, there: Path) -> None:
    def off(_path: str, _headers: dict[str, str], _body: bytes) -> tuple[dict[str, str], bytes]:
        raise ConnectionRefusedError

    place = far.mirror._place
    assert isinstance(place, Remote)
    place._send = off
    sold = [far.sell() for _ in range(2)]
    assert far.mirror.state == "unreachable" and set(sold) <= set(far.sales())

    place._send = line(there)
    assert far.mirror.turn() and far.mirror.status()["lag"] == 0


def test_an_append_whose_answer_was_lost_is_not_written_twice(far: Mirrored, there: Path) -> None:
    send, cut = line(there), [True]

    def loses_one(path: str, headers: dict[str, str], body: bytes) -> tuple[dict[str, str], bytes]:
        answer = send(path, headers, body)
        if path.endswith("append") and cut.pop() if cut else False:
            raise ConnectionResetError
        return answer

    place = far.mirror._place
    assert isinstance(place, Remote)
    place._send = loses_one
    far.sell()
    assert far.mirror.state == "unreachable"

    assert far.mirror.turn() and far.mirror.status()["lag"] == 0
    [standing] = place.standings()
    assert (standing.first_seq, standing.seq) == (1, far.node.journal.head.seq)


@pytest.mark.parametrize("secret", ["", "another"])
def test_a_wrong_secret_is_refused_and_said(far: Mirrored, there: Path, secret: str) -> None:
    far.mirror = Mirror(far.node, Remote("", secret, owner_of(far.node), line(there)), far.world.line)

    far.sell()

    assert far.mirror.state == "refused"
    assert list(there.iterdir()) == []


def test_an_answer_without_proof_is_no_answer(far: Mirrored) -> None:
    def lies(_path: str, _headers: dict[str, str], _body: bytes) -> tuple[dict[str, str], bytes]:
        return {}, msgspec.json.encode(Said())

    with pytest.raises(MirrorTrouble) as refused:
        Remote("", SECRET, owner_of(far.node), lies).standings()

    assert refused.value.state == "refused"


@pytest.mark.parametrize(
    ("base", "headers", "status"),
    [
        ("http://other.example:8105", {}, 400),
        (f"http://{HOST}", {}, 403),
        (f"http://{HOST}", {NONCE_HEADER: "00", MAC_HEADER: "00"}, 403),
        (f"http://{HOST}", {"Origin": "http://evil.example"}, 403),
    ],
)
def test_whoever_is_not_the_till_gets_nothing(
    there: Path, base: str, headers: dict[str, str], status: int
) -> None:
    client = create_app(Receiver(there), SECRET, HOST).test_client()

    answer = client.post(f"{PREFIX}standings", data=b"{}", headers=headers, base_url=base)

    assert answer.status_code == status
    assert list(there.iterdir()) == []


def test_a_body_beyond_the_bounds_is_refused_before_it_is_read(there: Path) -> None:
    client = create_app(Receiver(there), SECRET, HOST).test_client()

    answer = client.post(f"{PREFIX}append", data=b"0" * (5 << 20), base_url=f"http://{HOST}")

    assert answer.status_code == 413


def test_a_second_store_with_the_same_secret_is_foreign(far: Mirrored, there: Path) -> None:
    far.sell()
    other = far.world.store("002")
    theirs = Mirror(other.node, Remote("", SECRET, owner_of(other.node), line(there)), far.world.line)
    sell(other.node)

    assert not theirs.turn() and theirs.state == "foreign"
    other.node.close()


def test_records_that_are_no_chain_are_not_kept(far: Mirrored, there: Path) -> None:
    far.sell()
    owner = owner_of(far.node)
    place = Remote("", SECRET, owner, line(there))
    [standing] = place.standings()
    forged = Record(standing.seq + 1, b"\1" * 32, b"\2" * 32, b"x" * 40)

    with pytest.raises(MirrorTrouble) as refused:
        place.append(standing.life, standing.hash, [forged])

    assert refused.value.state == "diverged"
    assert Remote("", SECRET, owner, line(there)).standings() == [standing]


@pytest.mark.parametrize("body", [b"", b"{", b'{"owner":{"node":"../..","hq":""}}', b'{"owner":1}'])
def test_whatever_is_asked_it_answers_and_goes_on(there: Path, body: bytes) -> None:
    client = create_app(Receiver(there), SECRET, HOST).test_client()
    for name in ("standings", "append", "piece", "forget"):
        path = PREFIX + name
        headers = {NONCE_HEADER: "n", MAC_HEADER: mac_of_ask(SECRET, "n", path, body)}
        answer = client.post(path, data=body, headers=headers, base_url=f"http://{HOST}")
        assert answer.status_code in (200, 422)
    assert list(there.iterdir()) == []


def test_no_name_in_a_record_leads_out_of_the_folder(far: Mirrored, there: Path) -> None:
    """A chain that holds together, for an incarnation whose name is a path."""
    far.sell()
    place = Remote("", SECRET, owner_of(far.node), line(there))
    [standing] = place.standings()
    life = msgspec.structs.replace(standing.life, inc="../../outside")
    prev, bh = genesis(life.record), b"\1" * 32
    forged = Record(1, bh, link_hash(life.node, life.inc, 1, prev, bh), b"x" * 40)

    with pytest.raises(MirrorTrouble) as refused:
        place.append(life, prev, [forged])

    assert refused.value.state == "refused"
    assert [path.name for path in there.iterdir()] == ["lianpu-mirror"]
    assert not list(there.parent.glob("outside*"))


def test_the_secret_is_made_once_and_for_this_user_only(there: Path) -> None:
    made, new = secret_of(there)

    assert new and len(made) >= 32
    assert secret_of(there) == (made, False)
    assert (there / "mirror.secret").stat().st_mode & 0o777 == 0o600


def test_a_dead_pc_takes_its_mirror_from_the_other_pc(far: Mirrored, there: Path) -> None:
    """What the process keeps is what a stick would have: the same folder can be carried over."""
    far.sell()
    carried = shutil.copytree(there, there.with_name("carried"))

    assert [one.seq for one in Folder(carried, owner_of(far.node)).standings()] == [far.node.journal.head.seq]
