"""A folder that hangs, as a dead file server under a hard mount does, costs its own copy and nobody's bell."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import pytest

from hq.backups import actions, patience, places, queries, schedule
from hq.backups.jobs import jobs
from hq.backups.patience import Limits, Patient, asked
from hq.backups.rules import DAY_MS
from hq.backups.targets import Folder
from retail.errors import Unavailable

WAITS_MAX = 60.0


@dataclass
class Hanging:
    """Folders of this name hang until `go`."""

    name: str = "nfs"
    go: threading.Event = field(default_factory=threading.Event)
    begun: threading.Event = field(default_factory=threading.Event)
    threads: list[threading.Thread] = field(default_factory=list)

    def hang(self, path: Path) -> None:
        if path.name == self.name and not self.go.is_set():
            self.threads.append(threading.current_thread())
            self.begun.set()
            self.go.wait(WAITS_MAX)

    def back(self) -> None:
        """The server is back."""
        self.go.set()
        for thread in self.threads:
            thread.join(WAITS_MAX)


@pytest.fixture
def hanging(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hanging]:
    made = Hanging()
    for method in ("put", "get", "has", "drop"):
        real = getattr(Folder, method)

        def hung(self, *arguments, real=real):
            made.hang(self.path)
            return real(self, *arguments)

        monkeypatch.setattr(Folder, method, hung)
    yield made
    made.back()


@pytest.fixture
def both(chain, tmp_path, monkeypatch):
    """A folder with no time at all, and a good one."""
    nfs, good = Folder(tmp_path / "nfs"), Folder(tmp_path / "good")
    opened = [Patient(nfs, nfs.name, Limits(0.05, 0.05)), Patient(good, good.name, Limits())]
    monkeypatch.setattr(actions, "open_targets", lambda *_: opened)
    return nfs, good


def take(chain):
    chain.clock.advance(1000)
    return actions.take(chain.ctx, kind="full")


def test_a_folder_that_hangs_costs_its_own_copy(chain, both, hanging):
    nfs, good = both

    made = [take(chain) for _ in range(3)]

    assert [one.good for one in made] == [[good.name]] * 3
    assert "why.silent" in made[0].copies[nfs.name] and "why.hangs" in made[1].copies[nfs.name]
    assert chain.alarms() == {"backup.target_failed"}
    assert len(hanging.threads) == 1, "one thread is left behind, however often it is asked"
    assert hanging.threads[0].daemon


def test_what_was_given_up_and_wakes_up_later_stores_nothing(chain, both, hanging):
    nfs, _good = both
    take(chain)

    hanging.back()

    assert not nfs.path.exists() or list(nfs.path.glob("*.backup")) == []


def test_a_folder_that_has_come_back_takes_the_next_backup(chain, tmp_path, hanging):
    folder, file = tmp_path / "nfs", tmp_path / "file"
    file.write_bytes(b"whole")
    with pytest.raises(Unavailable, match=r"why\.silent"):
        Patient(Folder(folder), "nfs", Limits(0.05, 0.05)).put(file, "first")
    target = Patient(Folder(folder), "nfs", Limits())
    with pytest.raises(Unavailable, match=r"why\.hangs"):
        target.put(file, "second")
    hanging.back()

    target.put(file, "third")
    target.get("third", tmp_path / "back")

    assert (tmp_path / "back").read_bytes() == b"whole" and target.has("third")
    target.drop("third")
    assert not target.has("third")
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == ["back", "file"]


def test_a_fetch_that_was_given_up_writes_into_no_file_of_a_later_one(tmp_path, hanging):
    (tmp_path / "nfs").mkdir()
    (tmp_path / "nfs" / "copy").write_bytes(b"old")
    back = tmp_path / "work" / "back"
    back.parent.mkdir()
    with pytest.raises(Unavailable):
        Patient(Folder(tmp_path / "nfs"), "nfs", Limits(0.05, 0.05)).get("copy", back)
    back.write_bytes(b"of a later backup")

    hanging.back()

    assert back.read_bytes() == b"of a later backup"


def test_a_mount_that_hangs_when_it_is_only_looked_at(chain, tmp_path, monkeypatch, hanging):
    """Links on the way to a folder are followed by asking its disk."""
    real = Path.resolve

    def resolve(self, strict=False):
        hanging.hang(self)
        return real(self, strict)

    monkeypatch.setattr(Path, "resolve", resolve)
    monkeypatch.setattr(places, "LIMITS", Limits(0.05, 0.05))

    (target,) = places.open_targets(chain.hq.home, [str(tmp_path / "nfs")], chain.clock)

    with pytest.raises(Unavailable) as refused:
        target.has("x")
    assert refused.value.facts["why"] == "why.silent 0.05 s"
    assert target.name == str(tmp_path / "nfs")


def test_the_alarm_about_a_folder_that_hangs_ends_when_it_is_back(chain, tmp_path, monkeypatch, hanging):
    """A link in the home to a mount: the target has the same name while nobody can say where the link leads."""
    real, link = Path.resolve, chain.hq.home / "nfs"

    def resolve(self, strict=False):
        hanging.hang(self)
        return real(self, strict)

    def opened(limits):
        with monkeypatch.context() as patched:
            patched.setattr(places, "LIMITS", limits)
            return places.open_targets(chain.hq.home, ["nfs"], chain.clock)

    monkeypatch.setattr(Path, "resolve", resolve)
    link.symlink_to(tmp_path / "mount")
    good = Folder(tmp_path / "good")
    monkeypatch.setattr(actions, "open_targets", lambda *_: [*opened(Limits(0.05, 0.05)), good])
    assert "why.silent" in take(chain).copies[str(link)]
    assert chain.alarms() == {"backup.target_failed"}
    hanging.back()
    monkeypatch.setattr(actions, "open_targets", lambda *_: [*opened(Limits()), good])

    made = take(chain)

    assert made.copies == {str(link): "", good.name: ""}
    assert len(list((tmp_path / "mount").glob("*.backup"))) == 2, "the one that it had missed, too"
    assert chain.alarms() == set()


def test_a_relative_home_gives_a_folder_no_other_name(chain, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    opened = places.open_targets(Path("home"), ["nas"], chain.clock)

    assert [target.name for target in opened] == [str(tmp_path / "home" / "nas")]


def test_folders_of_the_settings_are_asked_with_patience(chain, tmp_path):
    opened = places.open_targets(chain.hq.home, [str(tmp_path / "nas")], chain.clock)

    assert [type(target) for target in opened] == [Patient]


def test_an_answer_that_is_a_mistake_reaches_the_one_who_asked():
    with pytest.raises(ZeroDivisionError):
        asked("here", WAITS_MAX, lambda: 1 // 0)
    assert not patience._asking["here"].is_alive()


def test_the_bell_rings_while_a_backup_hangs(chain, tmp_path, hanging):
    """The job that takes it never comes back; days later somebody hears of it."""
    places_ = [str(tmp_path / "nfs")]
    chain.hq.config = msgspec.structs.replace(chain.hq.config, backup_targets=places_)
    chain.clock.advance(DAY_MS)
    named = {job.name: job for job in jobs(chain.hq)}
    looking = threading.Thread(target=named["backups.look"].run)
    looking.start()
    assert hanging.begun.wait(WAITS_MAX)

    chain.clock.advance(30 * DAY_MS)
    named["backups.ring"].run()

    assert "backup.stale" in chain.alarms()
    assert queries.listed(chain.hq.db) == []
    hanging.back()
    looking.join(WAITS_MAX)
    schedule.ring(chain.hq)
    assert len(queries.listed(chain.hq.db)) == 1
