"""The owner of a device, with a clock that the test turns."""

from collections.abc import Callable
from typing import Any

import pytest
from structlog.testing import capture_logs

from drivers.device import Kind
from drivers.errors import device_error
from drivers.supervisor import PORT_LOOK_SECONDS, STEPS_SECONDS, Backoff, Notice, Supervisor


class FakeDevice:
    """A device that does what the list of faults says."""

    id = "device-1"
    kind: Kind = "printer"

    def __init__(self) -> None:
        self.open_faults: list[str] = []
        self.turn_faults: list[str] = []
        self.calls: list[str] = []
        self.rests = 0.0

    def open(self) -> None:
        self.calls.append("open")
        if self.open_faults:
            raise device_error(self.open_faults.pop(0))

    def close(self) -> None:
        self.calls.append("close")

    def turn(self, seconds: float) -> None:
        self.calls.append("turn")
        if self.turn_faults:
            raise device_error(self.turn_faults.pop(0))

    def rest(self) -> float:
        return self.rests


class Scene:
    """A supervised fake device; time stands still unless moved."""

    def __init__(self) -> None:
        self.now = 0.0
        self.device = FakeDevice()
        self.told: list[Notice] = []
        self.owner = Supervisor(
            self.device,
            tell=self.told.append,
            clock=lambda: self.now,
            dice=lambda: 0.5,
            start_thread=lambda work, name: None,
        )

    def step(self, seconds: float = 0.0) -> None:
        self.now += seconds
        self.owner.step()

    def kinds(self) -> list[str]:
        return [notice.kind for notice in self.told]


@pytest.fixture
def scene() -> Scene:
    return Scene()


def test_waits_grow_to_a_cap_with_a_jitter_of_a_fifth() -> None:
    steady = Backoff(lambda: 0.5)
    low, high = Backoff(lambda: 0.0), Backoff(lambda: 1.0)

    assert tuple(steady.next_seconds("link.reset") for _ in STEPS_SECONDS) == STEPS_SECONDS
    assert steady.next_seconds("link.reset") == 30.0
    assert (low.next_seconds("link.reset"), high.next_seconds("link.reset")) == (0.4, 0.6)


def test_a_busy_port_waits_five_seconds() -> None:
    assert Backoff(lambda: 0.5).next_seconds("link.busy") == 5.0


def test_a_device_is_opened_and_worked_for(scene: Scene) -> None:
    scene.step()

    assert scene.device.calls == ["open", "turn"]
    assert scene.kinds() == ["ready"]


def test_an_absent_device_is_told_once_and_tried_again_in_growing_steps(scene: Scene) -> None:
    scene.device.open_faults = ["link.refused"] * 3
    scene.step()
    scene.step(0.4)
    scene.step(0.1)
    scene.step(0.9)
    scene.step(0.1)
    scene.step(2.0)

    assert scene.device.calls.count("open") == 4
    assert scene.kinds() == ["lost", "ready"]
    assert scene.told[0].code == "link.refused"
    assert [notice.seq for notice in scene.told] == [1, 2]


def test_a_lost_device_is_closed_and_found_again(scene: Scene) -> None:
    scene.step()
    scene.device.turn_faults = ["link.reset"]
    scene.step()
    scene.step(0.5)

    assert scene.device.calls == ["open", "turn", "turn", "close", "open", "turn"]
    assert scene.kinds() == ["ready", "lost", "ready"]


def test_thirty_steady_seconds_make_the_next_wait_short_again(scene: Scene) -> None:
    scene.device.open_faults = ["link.refused"] * 2
    scene.step()
    scene.step(0.5)
    scene.step(1.0)
    scene.step(30.0)
    scene.device.turn_faults = ["link.reset"]
    scene.step()
    scene.step(0.5)

    assert scene.owner.ready


def test_a_new_port_is_tried_at_once() -> None:
    scene, ports = Scene(), [frozenset({"a"})]
    scene.owner = Supervisor(scene.device, clock=lambda: scene.now, dice=lambda: 0.5, ports=lambda: ports[0])
    scene.device.open_faults = ["link.not_found"]
    scene.step()
    scene.step(0.1)
    assert not scene.owner.ready

    ports[0] = frozenset({"a", "b"})
    scene.step(0.1)

    assert scene.owner.ready


def test_six_losses_in_ten_minutes_are_told_as_flapping_once(scene: Scene) -> None:
    for _ in range(8):
        scene.step(31.0)
        scene.device.turn_faults = ["link.reset"]
        scene.step(31.0)

    assert scene.kinds().count("flapping") == 1


def test_a_missing_permission_is_not_tried_again_until_a_port_comes_or_goes() -> None:
    scene, ports = Scene(), [frozenset({"a"})]
    scene.owner = Supervisor(
        scene.device,
        tell=scene.told.append,
        clock=lambda: scene.now,
        dice=lambda: 0.5,
        ports=lambda: ports[0],
    )
    scene.device.open_faults = ["link.permission"]
    scene.step()
    scene.step(1000)
    assert scene.device.calls == ["open", "close"]
    assert scene.kinds() == ["disabled"]

    ports[0] = frozenset({"a", "b"})
    scene.step()

    assert scene.owner.ready


def test_an_idle_device_is_left_alone_for_as_long_as_it_may_rest(scene: Scene) -> None:
    scene.device.rests = 10.0
    scene.step()
    scene.step()
    assert scene.device.calls == ["open", "turn"]

    assert scene.owner.step() == 10.0
    scene.step(4.0)
    assert scene.owner.step() == 6.0
    scene.step(6.0)
    assert scene.device.calls == ["open", "turn", "turn"]


def test_what_is_gone_is_looked_for_at_the_ports_while_the_next_try_is_far_away() -> None:
    scene = Scene()
    scene.owner = Supervisor(
        scene.device, clock=lambda: scene.now, dice=lambda: 0.5, ports=lambda: frozenset({"a"})
    )
    scene.device.open_faults = ["link.not_found"] * 5
    for seconds in (0.0, 0.5, 1.0, 2.0, 5.0):
        scene.step(seconds)

    assert scene.device.calls.count("open") == 5
    assert scene.owner.step() == PORT_LOOK_SECONDS < 10.0


def test_commands_run_in_the_owners_turn_with_result_or_error(scene: Scene) -> None:
    scene.step()
    good = scene.owner.call(lambda: 42)
    bad = scene.owner.call(_fail)
    assert not good.done()

    scene.step()
    scene.step()

    assert good.result(0) == 42
    assert isinstance(bad.exception(0), ZeroDivisionError)


def _fail() -> int:
    return 1 // 0


def test_the_thread_runs_the_owner_and_stop_closes_the_device() -> None:
    device = FakeDevice()
    started: list[str] = []

    def start(work: Callable[[], None], name: str) -> Any:
        import threading

        started.append(name)
        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        return thread

    owner = Supervisor(device, start_thread=start)
    owner.start()
    assert owner.call(lambda: "ran").result(60) == "ran"
    owner.stop()

    assert started == ["device-device-1"]
    assert device.calls[0] == "open"
    assert device.calls[-1] == "close"


def test_a_mistake_of_the_owner_is_logged_and_whoever_waits_is_answered() -> None:
    """Nobody foresaw it, so nobody wraps it; the thread that all of the till waits for goes on (HW-03)."""
    device, started, answers = FakeDevice(), [], []

    def listing() -> frozenset[str]:
        if not answers:
            raise TypeError("what the system knew of the port is gone")
        return frozenset()

    owner = Supervisor(device, start_thread=lambda work, name: started.append(work), ports=listing)
    owner.start()
    asked = owner.call(lambda: answers.append("ran"))
    failing = owner.call(_fail)
    owner.call(owner.stop)

    with capture_logs() as logs:
        started[0]()

    assert asked.done() and isinstance(failing.exception(0), ZeroDivisionError)
    assert [(line["event"], line["device"]) for line in logs] == [("device.owner_failed", "device-1")]
    assert device.calls == ["open", "close"]  # it was found in the next round
