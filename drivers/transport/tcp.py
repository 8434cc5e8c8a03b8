"""TCP, as of network printers on port 9100: no delay, one connection kept open."""

import select
import socket

from drivers.errors import device_error, link_error
from drivers.transport.base import Monotonic, monotonic


class TcpTransport:
    """A client connection; the socket never blocks, waiting is done by select with the caller's deadline."""

    duplex = True
    bytes_per_second: float | None = None

    def __init__(
        self, host: str, port: int, *, connect_seconds: float = 2.0, clock: Monotonic = monotonic
    ) -> None:
        self.address = f"{host}:{port}"
        self._peer = (host, port)
        self._connect_seconds = connect_seconds
        self._clock = clock
        self._socket: socket.socket | None = None

    def reopen(self) -> None:
        """Connect; DeviceError link.refused, link.timeout or link.not_found."""
        self.close()
        try:
            self._socket = socket.create_connection(self._peer, self._connect_seconds)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            self._socket.setblocking(False)
        except OSError as problem:
            self.close()
            raise link_error(problem, self.address) from problem

    def close(self) -> None:
        """Close the connection."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def is_open(self) -> bool:
        """Whether the connection stands, as far as is known."""
        return self._socket is not None

    def write(self, data: bytes, deadline: float) -> int:
        """Bytes taken by the kernel before the deadline."""
        link = self._link()
        try:
            if not select.select([], [link], [], max(0.0, deadline - self._clock()))[1]:
                return 0
            return link.send(data)
        except BlockingIOError:
            return 0
        except OSError as problem:
            raise self._lost(problem) from problem

    def read(self, size: int, deadline: float) -> bytes:
        """Bytes received before the deadline; a hang-up of the peer is link.reset."""
        link = self._link()
        try:
            if not select.select([link], [], [], max(0.0, deadline - self._clock()))[0]:
                return b""
            data = link.recv(size)
        except BlockingIOError:
            return b""
        except OSError as problem:
            raise self._lost(problem) from problem
        if not data:
            raise self._lost(ConnectionResetError("closed by the device"))
        return data

    def _link(self) -> socket.socket:
        if self._socket is None:
            raise device_error("link.reset", address=self.address)
        return self._socket

    def _lost(self, problem: OSError) -> Exception:
        self.close()
        return link_error(problem, self.address)
