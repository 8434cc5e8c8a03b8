"""The process `lianpu-edge mirror`: a folder on another PC of the store that takes one store's chain and gives it back.

It proves every link before it writes and cannot read a body. Whoever asks must prove the shared secret, which a
browser cannot; other names than the one it listens on are not answered. Who connects and says nothing keeps nobody out.
"""

from __future__ import annotations

import signal
import threading
from pathlib import Path

import msgspec
from flask import Flask, Response, request

from edge.mirror.folder import Folder
from edge.mirror.letters import (
    BODY_BYTES_MAX,
    MAC_HEADER,
    NONCE_HEADER,
    PIECE_BYTES,
    PREFIX,
    Ask,
    Said,
    mac_of_answer,
    mac_of_ask,
)
from edge.mirror.model import MirrorTrouble, Owner, Record
from kit.crypto import equal, random_token, write_secret
from kit.listener import Listener
from kit.logs import logger
from kit.web import protect
from retail.errors import Misconfigured, NotPermitted, ProtocolError

log = logger("lianpu.mirror")
SECRET = "mirror.secret"
THREADS = 4


class Receiver:
    """The folder behind the process; one question at a time."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._folders: dict[Owner, Folder] = {}
        self._lock = threading.Lock()

    def answer(self, name: str, ask: Ask) -> Said:
        """Do what is asked; a trouble is an answer too."""
        with self._lock:
            folder = self._folders.setdefault(ask.owner, Folder(self.path, ask.owner))
            try:
                return self._do(folder, name, ask)
            except MirrorTrouble as error:
                log.warning("mirror.refused", state=error.state, why=str(error))
                del self._folders[ask.owner]  # what it remembers of the files may be what is wrong
                return Said(trouble=error.state, why=str(error))

    def _do(self, folder: Folder, name: str, ask: Ask) -> Said:
        if name == "standings":
            return Said(standings=folder.standings(ask.known))
        if ask.life is None:
            raise MirrorTrouble("refused", "no life is named")
        if name == "append":
            if not ask.records:
                raise MirrorTrouble("refused", "nothing to append")
            if not folder.looked:
                folder.standings()  # this process began after the node's last look
            folder.append(ask.life, ask.prev, ask.records)
        elif name == "piece":
            return Said(records=_bounded(folder.piece(ask.life, ask.seq)))
        else:
            folder.forget(ask.life, ask.seq)
        return Said()


def create_app(receiver: Receiver, secret: str, host: str) -> Flask:
    """The four questions behind host check and MAC."""
    app = Flask("mirror", static_folder=None)
    protect(app, hosts=lambda: {host}, message_of=lambda error: error.code, exempt_origin=(PREFIX,))
    app.config["MAX_CONTENT_LENGTH"] = BODY_BYTES_MAX

    @app.post(f"{PREFIX}<any(standings, append, piece, forget):name>")
    def asked(name: str) -> Response:
        nonce, body = request.headers.get(NONCE_HEADER, ""), request.get_data()
        proof = mac_of_ask(secret, nonce, request.path, body)
        if not nonce or not equal(request.headers.get(MAC_HEADER, ""), proof):
            raise NotPermitted("web.control_token_wrong")
        try:
            ask = msgspec.json.decode(body, type=Ask)
        except msgspec.DecodeError as error:
            raise ProtocolError("wire.unreadable", field="body") from error
        said = msgspec.json.encode(receiver.answer(name, ask))
        headers = {MAC_HEADER: mac_of_answer(secret, nonce, said)}
        return Response(said, mimetype="application/json", headers=headers)

    return app


def secret_of(path: Path) -> tuple[str, bool]:
    """The secret of a folder, and whether it was made just now."""
    file = path / SECRET
    if file.exists():
        return file.read_text().strip(), False
    made = random_token()
    write_secret(file, made.encode())
    return made, True


def a_listener(listen: str, path: Path, secret: str) -> Listener:
    """The process's server, ready to listen on `host:port`. Raises `Misconfigured` when that names no one address."""
    host, _, port = listen.rpartition(":")
    if not host or not port.isdigit() or host in ("0.0.0.0", "[::]", "*"):
        raise Misconfigured([f"{listen}: name one address of this computer and a port, like 192.0.2.10:8105"])
    return Listener(
        (host.strip("[]"), int(port)), create_app(Receiver(path), secret, listen), numthreads=THREADS
    )


def serve(listen: str, path: Path, secret: str) -> None:
    """Until SIGTERM or Ctrl-C. Raises `Misconfigured` when the address cannot be had."""
    server = a_listener(listen, path, secret)
    signal.signal(signal.SIGTERM, lambda _number, _frame: _end(server))
    try:
        server.prepare()
    except OSError as error:
        raise Misconfigured([f"{listen} cannot be used: {error}"]) from error
    log.info("mirror.listening", address=listen)
    try:
        server.serve()
    except KeyboardInterrupt:
        server.stop()


def _end(server: Listener) -> None:
    threading.Thread(
        target=server.stop
    ).start()  # a signal's handler must not wait for the loop it interrupts


def _bounded(records: list[Record]) -> list[Record]:
    size = 0
    for i, record in enumerate(records):
        size += len(record.sealed)
        if i and size > PIECE_BYTES:
            return records[:i]
    return records
