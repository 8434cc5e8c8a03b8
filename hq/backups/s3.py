"""A bucket of an S3-compatible store: `s3://bucket/prefix?endpoint=https://…&region=…`.

Requests are signed with AWS Signature Version 4 (docs.aws.amazon.com, "Authenticating requests: Authorization
header") and name the bucket in the path, which every store understands. The two secrets are in
`keys/backup-s3.json`: {"access_key": "…", "secret_key": "…"}. A PUT is whole or nothing; one object takes 5 GiB.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import re
import shutil
import ssl
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from urllib.parse import parse_qs, quote, urlsplit

from hq.backups.targets import reaching
from kit import beside
from retail.civil import store_local
from retail.clock import Clock
from retail.errors import Misconfigured

CREDENTIALS = Path("keys") / "backup-s3.json"
EMPTY = hashlib.sha256(b"").hexdigest()
SECONDS = 60.0


@dataclass(frozen=True)
class Signer:
    """Signs requests to one region."""

    access_key: str
    secret_key: str
    region: str

    def authorization(self, method: str, path: str, headers: Mapping[str, str]) -> str:
        """The header over these headers, which hold `x-amz-date` and `x-amz-content-sha256`; no query."""
        low = {name.lower(): value.strip() for name, value in headers.items()}
        names = ";".join(sorted(low))
        listed = "".join(f"{name}:{low[name]}\n" for name in sorted(low))
        asked = "\n".join((method, path, "", listed, names, low["x-amz-content-sha256"]))
        stamp = low["x-amz-date"]
        scope = f"{stamp[:8]}/{self.region}/s3/aws4_request"
        text = "\n".join(("AWS4-HMAC-SHA256", stamp, scope, hashlib.sha256(asked.encode()).hexdigest()))
        key = f"AWS4{self.secret_key}".encode()
        for part in scope.split("/"):
            key = hmac.digest(key, part.encode(), "sha256")
        signature = hmac.digest(key, text.encode(), "sha256").hex()
        return f"AWS4-HMAC-SHA256 Credential={self.access_key}/{scope},SignedHeaders={names},Signature={signature}"


class Refused(OSError):
    """The store has answered with an error."""


class Bucket:
    """One bucket, or a part of it under a prefix. It is there or not, and never another one."""

    marked = False

    def __init__(self, home: Path, address: str, clock: Clock) -> None:
        found, query = urlsplit(address), parse_qs(urlsplit(address).query)
        self._endpoint = urlsplit(query.get("endpoint", [""])[0])
        complete = found.hostname and self._endpoint.scheme in ("http", "https") and self._endpoint.hostname
        if not complete or "@" in found.netloc:
            raise Misconfigured(["write s3://bucket/prefix?endpoint=https://host"])
        self.name = self.once = address
        self._clock = clock
        prefix = found.path.strip("/")
        self._path = f"/{found.netloc}/" + (f"{prefix}/" if prefix else "")
        said = beside.read(home / CREDENTIALS, {"access_key": "", "secret_key": ""})
        if not said.get("access_key") or not said.get("secret_key"):
            raise Misconfigured([f"{home / CREDENTIALS}: access_key and secret_key are wanted"])
        self._signer = Signer(said["access_key"], said["secret_key"], query.get("region", ["us-east-1"])[0])

    def put(self, file: Path, name: str) -> None:
        """One object, whole or not at all."""
        with file.open("rb") as source:
            digest = hashlib.file_digest(source, "sha256").hexdigest()
            source.seek(0)
            with self._asked("PUT", name, digest, source, file.stat().st_size) as answer:
                _check(answer, (200,))

    def get(self, name: str, file: Path) -> None:
        """Fetch it."""
        with self._asked("GET", name) as answer, file.open("wb") as target:
            _check(answer, (200,))
            shutil.copyfileobj(answer, target, 1024 * 1024)
            if answer.length:  # the library takes a line that ends too early for the end of the file
                raise Refused(f"the line broke {answer.length} bytes before the end")

    def has(self, name: str) -> bool:
        """Is it there?"""
        with self._asked("HEAD", name) as answer:
            if _check(answer, (200, 404)) == 200:
                return True
        # A HEAD has no words: is it the file that is missing, or its bucket?
        with self._asked("GET", name) as answer:
            return _check(answer, (200, 404), missing=b"NoSuchKey") == 200

    def drop(self, name: str) -> None:
        """Delete it."""
        with self._asked("DELETE", name) as answer:
            _check(answer, (200, 204, 404), missing=b"NoSuchKey")

    @contextmanager
    def _asked(
        self, method: str, name: str, digest: str = EMPTY, body: BinaryIO | None = None, size: int = 0
    ) -> Iterator[http.client.HTTPResponse]:
        path = quote(self._path + name, safe="/-_.~")
        headers = {
            "Host": self._endpoint.netloc, "x-amz-content-sha256": digest, "x-amz-date": stamp(self._clock.now_ms()),
        }  # fmt: skip
        headers["Authorization"] = self._signer.authorization(method, path, headers)
        if body is not None:
            headers["Content-Length"] = str(size)
        with reaching(self), closing(self._line()) as line:
            line.request(method, path, body, headers)
            yield line.getresponse()

    def _line(self) -> http.client.HTTPConnection:
        host, port = self._endpoint.hostname or "", self._endpoint.port
        if self._endpoint.scheme == "http":
            return http.client.HTTPConnection(host, port, timeout=SECONDS)
        return http.client.HTTPSConnection(host, port, timeout=SECONDS, context=ssl.create_default_context())


def stamp(now_ms: int) -> str:
    """`YYYYMMDDTHHMMSSZ`."""
    date, time = store_local(now_ms, "UTC").split(" ")
    return f"{date.replace('-', '')}T{time.replace(':', '')}{now_ms // 1000 % 60:02d}Z"


def _check(answer: http.client.HTTPResponse, wanted: tuple[int, ...], missing: bytes = b"") -> int:
    """The status, if it is wanted; with `missing` a 404 is only when it says that word. Else `Refused`."""
    if answer.status in wanted and (answer.status != 404 or not missing):
        return answer.status
    code = re.search(rb"<Code>([A-Za-z0-9]{1,60})</Code>", answer.read(10_000))
    if answer.status == 404 and code and code[1] == missing:
        return answer.status
    raise Refused(f"HTTP {answer.status} {code[1].decode() if code else answer.reason}")
