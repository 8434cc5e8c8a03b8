"""The emulated printer's sockets: a TCP listener and a pseudo terminal, each with one thread.

The thread obeys the line switches: off line (no listener, no port), half open (accepts, never reads), a break
after so many bytes, and a speed in bytes a second.
"""

import os
import select
import socket
import struct
import threading
from pathlib import Path

from drivers.printer.emulator import PrinterEmulator
from drivers.pty_port import PtyPort

READ_SIZE = 4096
TICK_SECONDS = 0.02
AT_ONCE = struct.pack("ii", 1, 0)  # SO_LINGER: close with a reset


class Waker:
    """A pipe that ends a select from another thread."""

    def __init__(self) -> None:
        self._read, self._write = os.pipe()
        os.set_blocking(self._read, False)
        os.set_blocking(self._write, False)

    def fileno(self) -> int:
        """For select."""
        return self._read

    def wake(self) -> None:
        """End the wait."""
        try:
            os.write(self._write, b"x")
        except OSError:
            return

    def drain(self) -> None:
        """Forget past wakes."""
        try:
            os.read(self._read, READ_SIZE)
        except BlockingIOError:
            return

    def close(self) -> None:
        """Close the pipe; a wake after that goes nowhere."""
        ends, self._read, self._write = (self._read, self._write), -1, -1
        for end in ends:
            os.close(end)


class PrinterServer:
    """What both servers share: the thread, the wake-up and the way bytes reach the emulator."""

    def __init__(self, emulator: PrinterEmulator) -> None:
        self.emulator = emulator
        self._waker = Waker()
        self._stopping = False
        self._thread = threading.Thread(target=self._loop, name=f"emulated-{emulator.name}", daemon=True)
        emulator.on_line_change(self._waker.wake)

    def start(self) -> "PrinterServer":
        """Start serving."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop serving and wait for the thread."""
        self._stopping = True
        self._waker.wake()
        self._thread.join()
        self._waker.close()

    def _loop(self) -> None:
        while not self._stopping:
            self._step()
            self._waker.drain()
        self._hang_up()

    def _step(self) -> None:
        raise NotImplementedError

    def _hang_up(self) -> None:
        raise NotImplementedError

    def _read_size(self) -> int:
        speed = self.emulator.line.speed
        return READ_SIZE if not speed else max(1, int(speed * TICK_SECONDS))

    def _deliver(self, data: bytes) -> bool:
        """Hand bytes to the emulator; True when the link must break now."""
        kept, broken = self.emulator.take_until_reset(data)
        if kept:
            self.emulator.receive(kept)
        if self.emulator.line.speed:
            select.select([self._waker], [], [], len(kept) / self.emulator.line.speed)
        return broken


class TcpPrinterServer(PrinterServer):
    """A printer on a TCP port, one client at a time like most of them."""

    def __init__(self, emulator: PrinterEmulator, host: str = "127.0.0.1", port: int = 0) -> None:
        super().__init__(emulator)
        self._listener: socket.socket | None = self._listen(host, port)
        self.host, self.port = self._listener.getsockname()[:2]
        emulator.reach("up")
        self._client: socket.socket | None = None

    def _listen(self, host: str, port: int) -> socket.socket:
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(4)
        return listener

    def _step(self) -> None:
        line = self.emulator.line
        if line.offline:
            self._hang_up()
            select.select([self._waker], [], [])
            return
        if self._listener is None:
            self._listener = self._listen(self.host, self.port)
            self.emulator.reach("up")
        ready = self._client if self._client is not None and not line.half_open else None
        watched: list[Waker | socket.socket] = [self._waker]
        if ready is not None:
            watched.append(ready)
        if self._client is None:
            watched.append(self._listener)
        found = select.select(watched, [], [])[0]
        if self._listener in found:
            self._accept()
        elif ready in found and not line.half_open:  # the switch may have been turned while waiting
            self._receive()

    def _accept(self) -> None:
        if self._listener is not None:
            client, _ = self._listener.accept()
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._client = client
            self.emulator.attach(self._send)

    def _send(self, data: bytes) -> None:
        client = self._client
        if client is not None:
            try:
                client.sendall(data)
            except OSError:
                return

    def _receive(self) -> None:
        client = self._client
        if client is None:
            return
        try:
            data = client.recv(self._read_size())
        except OSError:
            data = b""
        if not data:
            self._drop_client(reset=False)
        elif self._deliver(data):
            self._drop_client(reset=True)

    def _drop_client(self, *, reset: bool) -> None:
        client, self._client = self._client, None
        self.emulator.attach(None)
        if client is not None:
            if reset:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
            client.close()

    def _hang_up(self) -> None:
        self.emulator.reach("going")
        # The listener first: whoever sees the link break finds nobody to call any more.
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        self._drop_client(reset=True)
        self.emulator.reach("gone")


class PtyPrinterServer(PrinterServer):
    """A printer on a serial port: a pseudo terminal reachable by a symlink."""

    def __init__(self, emulator: PrinterEmulator, path: Path | str) -> None:
        super().__init__(emulator)
        self.port = PtyPort(path)
        self._plug_in()

    def _plug_in(self) -> None:
        self.port.plug_in()
        self.emulator.attach(self.port.write)
        self.emulator.reach("up")

    def _step(self) -> None:
        line = self.emulator.line
        if line.offline:
            self._hang_up()
            select.select([self._waker], [], [])
            return
        if not self.port.plugged:
            self._plug_in()
        watched: list[Waker | PtyPort] = [self._waker]
        if not line.half_open:
            watched.append(self.port)
        found = select.select(watched, [], [])[0]
        if line.half_open:  # turned while waiting
            return
        if self.port in found and self._deliver(self.port.read(self._read_size())):
            self._hang_up()

    def _hang_up(self) -> None:
        self.emulator.reach("going")
        self.emulator.attach(None)
        self.port.unplug()
        self.emulator.reach("gone")
