"""Packets between a store's side and HQ's side, lost, delayed, overtaken and doubled: each side a network of its own.

Each side is a thread in a network namespace that nobody else is in and that has no name: it goes with its last thread
and socket, also when this process is killed, and the machine's own network never sees any of it. The wire between the
two TUN devices is this module; on it the kernel's TCP does its real work. What happens to the packets is dealt from
the seed; in which order they come is the machine's business.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import heapq
import os
import queue
import random
import select
import shutil
import socket
import struct
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from proof.sockets import accept_each

CLONE_NEWNET = 0x4000_0000
TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x4004_54CA, 0x0001, 0x1000
TUN = Path("/dev/net/tun")
MTU = 1500
STORE_END, HQ_END, PORT = "10.73.0.2", "10.73.0.1", 7300

LOST, DOUBLED, DELAYED, OVERTAKEN = "packet lost", "packet doubled", "packet delayed", "packet overtaken"
PACKET_KINDS = (LOST, DOUBLED, DELAYED, OVERTAKEN)
LOST_SHARE, DOUBLED_SHARE, DELAYED_SHARE = 0.02, 0.01, 0.1
DELAY_SECONDS = (0.002, 0.08)
STORM_LOST_SHARE, STORM_DELAY_SECONDS = 0.3, (0.0, 2.0)  # every packet that is not lost comes late
CONNECT_SECONDS = 60.0


def why_not() -> str:
    """Why there can be no namespaces here; empty where they can be."""
    if shutil.which("ip") is None:
        return "there is no command ip"
    try:
        side = Side(STORE_END, HQ_END)
    except (OSError, subprocess.SubprocessError) as error:
        return str(error)
    side.close()
    return ""


class Side:
    """A namespace with one device: a thread in it makes the sockets. Raises OSError where the rights are missing."""

    def __init__(self, own: str, other: str) -> None:
        self._own, self._other = own, other
        self._asked: queue.SimpleQueue[Callable[[], object] | None] = queue.SimpleQueue()
        self._answers: queue.SimpleQueue[object] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self.device = -1
        self._thread = threading.Thread(target=self._live, daemon=True, name=f"side-{own}")
        self._thread.start()
        failed = self._answers.get()
        if isinstance(failed, BaseException):
            self.close()
            raise failed

    def do(self, work: Callable[[], object]) -> object:
        """Do it in the namespace; raises what it raises."""
        with self._lock:
            self._asked.put(work)
            found = self._answers.get()
        if isinstance(found, BaseException):
            raise found
        return found

    def close(self) -> None:
        """End the thread and the device; the namespace goes with them."""
        self._asked.put(None)
        self._thread.join()
        if self.device >= 0:
            os.close(self.device)
            self.device = -1

    def _live(self) -> None:
        work: Callable[[], object] | None = self._settle
        while work is not None:
            try:
                self._answers.put(work())
            except (OSError, subprocess.SubprocessError) as error:
                self._answers.put(error)
            work = self._asked.get()

    def _settle(self) -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.unshare(CLONE_NEWNET):
            number = ctypes.get_errno()
            raise OSError(number, f"no network namespace: {os.strerror(number)}")
        self.device = os.open(TUN, os.O_RDWR | os.O_NONBLOCK)
        fcntl.ioctl(self.device, TUNSETIFF, struct.pack("16sH22x", b"line", IFF_TUN | IFF_NO_PI))
        for words in (f"addr add {self._own} peer {self._other} dev line", "link set line up"):
            subprocess.run(["ip", *words.split()], check=True, capture_output=True)


class PacketLine:
    """The wire from one store's side to HQ's side; behind the latter a relay goes on to HQ on loopback."""

    def __init__(self, hq: tuple[str, int], dice: random.Random, struck: Counter[str]) -> None:
        self._hq, self._struck = hq, struck
        self._bad = threading.Event()
        self._storm = threading.Event()
        self.lost_in_storm = 0
        self._ended = threading.Event()
        self._open: set[socket.socket] = set()
        self._store, self._centre = Side(STORE_END, HQ_END), Side(HQ_END, STORE_END)
        listener = self._centre.do(lambda: socket.create_server((HQ_END, PORT)))
        assert isinstance(listener, socket.socket)
        self._listener = listener
        ways = [(self._store.device, self._centre.device), (self._centre.device, self._store.device)]
        self._threads = [
            threading.Thread(target=self._carry, args=(*way, random.Random(dice.random())), daemon=True)
            for way in ways
        ]

    def start(self) -> PacketLine:
        """Begin to carry."""
        for thread in self._threads:
            thread.start()
        accept_each(self._listener, self._serve, "packets")
        return self

    def connect(self) -> socket.socket:
        """A connection to HQ over this wire."""
        made = self._store.do(lambda: socket.create_connection((HQ_END, PORT), CONNECT_SECONDS))
        assert isinstance(made, socket.socket)
        return made

    def spoil(self) -> None:
        """From now on packets suffer."""
        self._bad.set()

    def storm(self) -> None:
        """Until `calm` or the healing 30 % of the packets are lost, the others late by up to two seconds."""
        self._storm.set()

    def calm(self) -> None:
        """The storm is over."""
        self._storm.clear()

    def heal(self) -> None:
        """A good wire again."""
        self._bad.clear()
        self.calm()

    def stop(self) -> None:
        """End everything: whoever waits in a namespace lets go of it."""
        self._ended.set()
        for waiting in (self._listener, *self._open):
            with contextlib.suppress(OSError):  # closed meanwhile
                waiting.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join()
        self._store.close()
        self._centre.close()

    # -- packets -----------------------------------------------------------------------------------------

    def _carry(self, source: int, target: int, dice: random.Random) -> None:
        waiting: list[tuple[float, int, bytes]] = []
        number = newest = 0
        while not self._ended.is_set():
            patience = min(0.2, max(0.0, waiting[0][0] - time.monotonic())) if waiting else 0.2
            if select.select([source], [], [], patience)[0]:
                packet = os.read(source, MTU + 64)
                for due in self._fates(dice):
                    number += 1
                    heapq.heappush(waiting, (due, number, packet))
            while waiting and waiting[0][0] <= time.monotonic():
                _, which, packet = heapq.heappop(waiting)
                self._struck[OVERTAKEN] += which < newest
                newest = max(newest, which)
                with contextlib.suppress(BlockingIOError):  # a full queue loses packets, as a router's does
                    os.write(target, packet)

    def _fates(self, dice: random.Random) -> list[float]:
        """When the packet arrives: not at all, once or twice."""
        now = time.monotonic()
        if not self._bad.is_set():
            return [now]
        storm = self._storm.is_set()
        if dice.random() < (STORM_LOST_SHARE if storm else LOST_SHARE):
            self._struck[LOST] += 1
            self.lost_in_storm += storm
            return []
        if storm or dice.random() < DELAYED_SHARE:
            self._struck[DELAYED] += 1
            now += dice.uniform(*(STORM_DELAY_SECONDS if storm else DELAY_SECONDS))
        if dice.random() < DOUBLED_SHARE:
            self._struck[DOUBLED] += 1
            return [now, now]
        return [now]

    # -- from HQ's side to HQ ------------------------------------------------------------------------------

    def _serve(self, client: socket.socket) -> None:
        self._open.add(client)
        with (
            contextlib.suppress(OSError),
            client,
            socket.create_connection(self._hq, CONNECT_SECONDS) as server,
        ):
            other = {client: server, server: client}
            while not self._ended.is_set():
                for side in select.select([client, server], [], [])[0]:
                    data = side.recv(65536)
                    if not data:
                        raise ConnectionResetError
                    other[side].sendall(data)
        self._open.discard(client)
