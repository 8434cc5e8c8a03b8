"""One contract for every transport: memory, TCP and serial."""

import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import serial

from drivers.pty_port import PtyPort
from drivers.transport.base import Transport, monotonic
from drivers.transport.memory import MemoryTransport
from drivers.transport.serial_port import SerialTransport
from drivers.transport.tcp import TcpTransport
from retail.errors import DeviceError


@dataclass
class Wire:
    """A transport, the far end's voice, and a way to cut the wire."""

    near: Transport
    say: Callable[[bytes], None]
    heard: Callable[[int], bytes]
    cut: Callable[[], None]


class Echoless:
    """The far end of a memory transport."""

    def __init__(self) -> None:
        self.got = b""
        self.send: Callable[[bytes], None] | None = None

    def attach(self, send: Callable[[bytes], None] | None) -> None:
        self.send = send

    def receive(self, data: bytes) -> None:
        self.got += data

    def say(self, data: bytes) -> None:
        assert self.send is not None
        self.send(data)


def memory_wire(folder: Path) -> Iterator[Wire]:
    far = Echoless()
    near = MemoryTransport(far)
    near.reopen()
    yield Wire(near, far.say, lambda size: far.got, near.unplug)


def tcp_wire(folder: Path) -> Iterator[Wire]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        near = TcpTransport(*listener.getsockname()[:2])
        near.reopen()
        far, _ = listener.accept()
        yield Wire(near, far.sendall, far.recv, far.close)
        far.close()
        near.close()


def pty_wire(folder: Path) -> Iterator[Wire]:
    port = PtyPort(folder / "port")
    port.plug_in()
    near = SerialTransport(str(port.path))
    near.reopen()
    yield Wire(near, port.write, port.read, port.unplug)
    near.close()
    port.unplug()


@pytest.fixture(params=[memory_wire, tcp_wire, pty_wire], ids=["memory", "tcp", "pty"])
def wire(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Wire]:
    yield from request.param(tmp_path)


def soon() -> float:
    return monotonic() + 2.0


def test_bytes_go_both_ways_unchanged(wire: Wire) -> None:
    every = bytes(range(256))

    assert wire.near.write(every, soon()) == 256
    assert wire.heard(256) == every
    wire.say(every)
    got = b""
    while len(got) < 256:
        got += wire.near.read(512, soon())
    assert got == every


def test_a_passed_deadline_reads_nothing_and_keeps_the_link(wire: Wire) -> None:
    assert wire.near.read(10, monotonic()) == b""
    assert wire.near.is_open()


def test_a_cut_wire_is_a_device_error_with_a_link_code(wire: Wire) -> None:
    wire.cut()

    with pytest.raises(DeviceError) as lost:
        wire.near.read(10, soon())

    assert lost.value.code.startswith("link.")
    assert not wire.near.is_open()


def test_closing_twice_is_closing_once_and_a_closed_link_refuses(wire: Wire) -> None:
    wire.near.close()
    wire.near.close()

    assert not wire.near.is_open()
    with pytest.raises(DeviceError):
        wire.near.write(b"x", soon())


def test_a_port_that_nobody_serves_is_refused(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    with pytest.raises(DeviceError) as tcp:
        TcpTransport("127.0.0.1", port).reopen()
    with pytest.raises(DeviceError) as pty:
        SerialTransport(str(tmp_path / "absent")).reopen()

    assert (tcp.value.code, pty.value.code) == ("link.refused", "link.not_found")


def test_a_second_owner_of_a_serial_port_is_told_that_it_is_busy(tmp_path: Path) -> None:
    port = PtyPort(tmp_path / "port")
    port.plug_in()
    first = SerialTransport(str(port.path))
    first.reopen()

    with pytest.raises(DeviceError) as busy:
        SerialTransport(str(port.path)).reopen()

    assert busy.value.code == "link.busy"
    first.close()
    port.unplug()


def test_seven_even_one_on_a_pseudo_terminal_is_an_error_not_a_crash(tmp_path: Path) -> None:
    port = PtyPort(tmp_path / "port")
    port.plug_in()
    near = SerialTransport(str(port.path), bytesize=serial.SEVENBITS, parity=serial.PARITY_EVEN)

    try:
        near.reopen()
    except DeviceError as problem:
        assert problem.code.startswith("link.")

    near.close()
    port.unplug()


def test_a_full_line_takes_nothing_more_and_says_so(tmp_path: Path) -> None:
    port = PtyPort(tmp_path / "port")
    port.plug_in()
    near = SerialTransport(str(port.path))
    near.reopen()

    sent = 0
    while step := near.write(b"x" * 4096, monotonic() + 0.02):
        sent += step

    assert 0 < sent < 200_000
    assert near.is_open()
    near.close()
    port.unplug()
