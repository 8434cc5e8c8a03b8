"""A store and a centre of PouchDB, and what is measured with them.

The documents are bodies of the product's own events, each under its event's identity. Counted at the centre: the
processor time of its process, and for each request and its answer the bytes of the socket with the headers of their
segments; connections are not counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from proof.bench.pouchdb.scripts import Script
from proof.bench.push import Upload

BATCH = 500
SALES_DB, GOODS_DB, LIVE_DB, CROWD_DB = "sales", "goods", "live", "crowd"


class Known(msgspec.Struct):
    """Of a body only its identity."""

    id: str


@dataclass
class Peer:
    """Both processes at work; documents and logs are below `folder`."""

    folder: Path
    packages: Path

    def __post_init__(self) -> None:
        for name in ("centre", "store"):
            (self.folder / name).mkdir(parents=True)
        self.centre = Script(
            "centre.js", self.packages, self.folder / "centre.log", str(self.folder / "centre")
        )
        port = self.centre.told()["port"]
        self.store = Script(
            "store.js",
            self.packages,
            self.folder / "store.log",
            str(self.folder / "store"),
            f"http://127.0.0.1:{port}",
        )
        self.store.ask("ready")

    def upload(self, bodies: Sequence[bytes]) -> Upload:
        """Write the documents into the store, then replicate them; only that is measured."""
        self.store.ask("fill", db="store", file=str(self.documents(bodies)))
        return self._replicate("push", len(bodies), dbs=["store"], to=SALES_DB)

    def upload_all(self, bodies: Sequence[Sequence[bytes]]) -> Upload:
        """Each list of bodies from a store of its own, all at once."""
        names = [f"store{n:03d}" for n in range(len(bodies))]
        for name, own in zip(names, bodies, strict=True):
            self.store.ask("fill", db=name, file=str(self.documents(own)))
        return self._replicate("push", sum(map(len, bodies)), dbs=names, to=CROWD_DB)

    def publish(self, documents: Iterable[bytes]) -> int:
        """Documents into the centre; how many."""
        path = self.folder / "documents"
        path.write_bytes(b"\n".join(documents))
        return int(self.centre.ask("fill", db=GOODS_DB, file=str(path))["filled"])

    def first_boot(self, documents: int) -> Upload:
        """A new store replicates everything that was published."""
        return self._replicate("pull", documents, **{"db": "goods", "from": GOODS_DB})

    def go_live(self) -> None:
        """From now on the store replicates what is written, and the centre tells of it."""
        self.centre.ask("watch", db=LIVE_DB)
        self.store.ask("live", db="live", to=LIVE_DB)

    def lag(self, body: bytes) -> float:
        """Milliseconds from the document in the store to the centre's own feed of changes."""
        document = msgspec.json.decode(body)
        put = self.store.ask("put", db="live", doc={"_id": document["id"], **document})
        return (self.centre.wait_seen(document["id"]) - int(put["at"])) / 1e6

    def documents(self, bodies: Iterable[bytes]) -> Path:
        """A file with a document a line: the body, with its identity as PouchDB calls it."""
        known = msgspec.json.Decoder(Known).decode
        path = self.folder / "documents"
        with path.open("wb") as file:
            for body in bodies:
                file.write(b'{"_id":"%s",%s\n' % (known(body).id.encode(), body[1:]))
        return path

    def check(self, db: str, wanted: int) -> str:
        """Is everything there?"""
        found = self.centre.ask("documents", db=db)["documents"]
        return "" if found == wanted else f"WRONG: PouchDB's centre has {found} of {wanted} documents"

    def close(self) -> None:
        """End both processes."""
        self.store.stop()
        self.centre.stop()

    def _replicate(self, do: str, documents: int, **facts: object) -> Upload:
        self.centre.ask("carried")
        told = self.store.ask(do, batch=BATCH, **facts)
        if told["failed"] or told["written"] != documents:
            raise RuntimeError(
                f"PouchDB wrote {told['written']} of {documents} documents, {told['failed']} failed"
            )
        carried = self.centre.ask("carried")
        return Upload(documents, told["seconds"], carried["cpu"], carried["bytes"])
