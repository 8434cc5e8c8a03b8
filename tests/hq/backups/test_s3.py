"""A small S3-compatible store that checks every signature by itself takes backups."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import msgspec
import pytest

from hq.backups import actions, queries, s3
from hq.backups.s3 import Bucket, Signer, stamp
from kit.crypto import write_secret
from retail.errors import Misconfigured, Unavailable

ACCESS, SECRET, REGION = "lianpu-hq", "a secret of forty characters, more or less", "hk-1"


def test_the_example_of_the_documentation():
    """docs.aws.amazon.com, Signature Version 4, "Example: GET Object"."""
    signer = Signer("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "us-east-1")
    headers = {
        "Host": "examplebucket.s3.amazonaws.com", "Range": "bytes=0-9", "x-amz-content-sha256": s3.EMPTY,
        "x-amz-date": "20130524T000000Z",
    }  # fmt: skip

    assert signer.authorization("GET", "/test.txt", headers) == (
        "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"
        "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,"
        "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
    )


def test_the_time_of_a_request():
    assert stamp(1_783_663_507_000) == "20260710T060507Z"


class Store(BaseHTTPRequestHandler):
    """One bucket in memory; a request whose signature or content does not hold is answered 403."""

    objects: dict[str, bytes]
    refuse: dict[str, int]
    gone: bool

    def _signed(self, body):
        said = self.headers.get("Authorization", "")
        fields = dict(part.split("=", 1) for part in said.removeprefix("AWS4-HMAC-SHA256 ").split(","))
        date, region, service, end = fields["Credential"].split("/")[1:]
        names = fields["SignedHeaders"].split(";")
        lines = [self.command, self.path, "", *(f"{n}:{self.headers[n]}" for n in names), "", ";".join(names)]
        lines.append(self.headers["x-amz-content-sha256"])
        text = ["AWS4-HMAC-SHA256", self.headers["x-amz-date"], f"{date}/{region}/{service}/{end}"]
        text.append(hashlib.sha256("\n".join(lines).encode()).hexdigest())
        key = ("AWS4" + SECRET).encode()
        for part in (date, region, service, end):
            key = hmac.new(key, part.encode(), hashlib.sha256).digest()
        wanted = hmac.new(key, "\n".join(text).encode(), hashlib.sha256).hexdigest()
        return (
            fields["Signature"] == wanted
            and region == REGION
            and {"host", "x-amz-date", "x-amz-content-sha256"} <= set(names)
            and hashlib.sha256(body).hexdigest() == self.headers["x-amz-content-sha256"]
        )

    def _answer(self, status, body=b""):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def handle_any(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if not self._signed(body):
            return self._answer(403, b"<Error><Code>SignatureDoesNotMatch</Code></Error>")
        if self.command in self.refuse:
            return self._answer(self.refuse[self.command], b"<Error><Code>SlowDown</Code></Error>")
        if self.gone:
            return self._answer(404, b"<Error><Code>NoSuchBucket</Code></Error>")
        if self.command == "PUT":
            self.objects[self.path] = body
            return self._answer(200)
        if self.command == "DELETE":
            self.objects.pop(self.path, None)
            return self._answer(204)
        if self.path not in self.objects:
            return self._answer(404, b"<Error><Code>NoSuchKey</Code></Error>")
        return self._answer(200, self.objects[self.path])

    do_GET = do_PUT = do_HEAD = do_DELETE = handle_any

    def log_message(self, *_words):
        pass


@pytest.fixture
def store():
    kind = type("OneStore", (Store,), {"objects": {}, "refuse": {}, "gone": False})
    server = ThreadingHTTPServer(("127.0.0.1", 0), kind)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    kind.address = f"s3://shop/hq backups?endpoint=http://127.0.0.1:{server.server_port}&region={REGION}"
    yield kind
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def home(chain):
    write_secret(
        chain.hq.home / s3.CREDENTIALS, json.dumps({"access_key": ACCESS, "secret_key": SECRET}).encode()
    )
    return chain.hq.home


def test_a_backup_goes_there_and_comes_back(chain, home, store):
    chain.hq.config = msgspec.structs.replace(chain.hq.config, backup_targets=[store.address], backup_keep=3)

    made = [actions.take(chain.ctx, kind="full") for _ in range(4) if chain.clock.advance(1000) is None]

    assert sorted(store.objects) == sorted(f"/shop/hq%20backups/{one.file}" for one in made[1:])
    assert chain.alarms() == set()


def test_a_store_that_refuses_costs_its_copy_and_names_its_reason(chain, home, store):
    store.refuse["PUT"] = 503
    chain.hq.config = msgspec.structs.replace(chain.hq.config, backup_targets=["backups", store.address])

    made = actions.take(chain.ctx, kind="full")

    assert made.good == [str(home / "backups")]
    assert made.copies[store.address] == "HTTP 503 SlowDown"
    assert chain.alarms() == {"backup.target_failed"}


def test_a_bucket_that_is_away_has_said_nothing_about_its_objects(chain, home, store):
    """Its store answers 404 to everything. The copy on HQ's own disk has rotted: the good one lies in the bucket."""
    chain.hq.config = msgspec.structs.replace(chain.hq.config, backup_targets=["backups", store.address])
    full = actions.take(chain.ctx, kind="full").file
    chain.clock.advance(1000)
    actions.take(chain.ctx, kind="incremental")
    (home / "backups" / full).write_bytes(b"rot")
    chain.clock.advance(1000)

    store.gone = True
    actions.take(chain.ctx, kind="incremental")
    away = [row.state for row in queries.listed(chain.hq.db)]
    store.gone = False
    chain.clock.advance(1000)
    actions.take(chain.ctx, kind="incremental")

    assert away == ["verified", "missing", "missing"]
    assert [row.state for row in queries.listed(chain.hq.db)] == ["verified"] * 4
    assert (home / "backups" / full).read_bytes() == store.objects[f"/shop/hq%20backups/{full}"]


def test_a_store_that_forbids_deleting_keeps_its_copies(chain, home, store):
    """BK-08: what we cannot delete, a thief of our rights cannot either."""
    store.refuse["DELETE"] = 403
    chain.hq.config = msgspec.structs.replace(chain.hq.config, backup_targets=[store.address], backup_keep=3)

    for _ in range(5):
        chain.clock.advance(1000)
        actions.take(chain.ctx, kind="full")

    assert len(store.objects) == 5
    assert chain.alarms() == set()


def test_a_line_that_breaks_in_the_middle_brings_no_copy(chain, home, store, tmp_path, monkeypatch):
    """Half a file looks like a rotten one."""
    bucket = Bucket(home, store.address, chain.clock)
    (tmp_path / "x").write_bytes(b"whole")
    bucket.put(tmp_path / "x", "x")
    real = store.send_header

    def send_header(self, name, value):
        real(self, name, str(int(value) + 1) if name == "Content-Length" else value)

    monkeypatch.setattr(store, "send_header", send_header)

    with pytest.raises(Unavailable, match="the line broke"):
        bucket.get("x", tmp_path / "back")


def test_a_wrong_secret_is_refused_and_not_shown(chain, home, store, tmp_path):
    write_secret(home / s3.CREDENTIALS, json.dumps({"access_key": ACCESS, "secret_key": "wrong"}).encode())

    with pytest.raises(Unavailable, match="SignatureDoesNotMatch") as refused:
        Bucket(home, store.address, chain.clock).get("x", tmp_path / "x")

    assert "wrong" not in str(refused.value)


def test_a_dead_store_is_unusable_not_a_crash(chain, home):
    with pytest.raises(Unavailable, match="backups.target"):
        Bucket(home, "s3://shop/?endpoint=http://127.0.0.1:9", chain.clock).has("x")


@pytest.mark.parametrize("endpoint", ["http://127.0.0.1:90000", "http://127.0.0.1:x", "http://127.0.0.1: 9"])
def test_an_endpoint_that_cannot_be_called_costs_its_copy_only(chain, home, endpoint):
    """BK-04. Whatever the library makes of it."""
    wrong = f"s3://shop/?endpoint={endpoint}"
    chain.hq.config = msgspec.structs.replace(chain.hq.config, backup_targets=[wrong, "backups"])

    made = actions.take(chain.ctx, kind="full")

    assert made.good == [str(home / "backups")]
    assert chain.alarms() == {"backup.target_failed"}


def test_a_secret_that_no_header_can_hold_is_refused_and_not_shown(chain, home, store, tmp_path):
    write_secret(home / s3.CREDENTIALS, json.dumps({"access_key": "密鑰", "secret_key": SECRET}).encode())

    with pytest.raises(Unavailable, match="backups.target") as refused:
        Bucket(home, store.address, chain.clock).get("x", tmp_path / "x")

    assert "密鑰" not in str(refused.value)


@pytest.mark.parametrize(
    "wrong",
    ["s3://shop/", "s3://shop?endpoint=ftp://x", "s3://?endpoint=http://x", "gs://shop", "http://x/y",
     "sftp://user:password1@host/folder", "s3://[broken"],
)  # fmt: skip
def test_an_address_that_says_too_little_costs_its_copy_only(chain, home, wrong):
    chain.hq.config = msgspec.structs.replace(chain.hq.config, backup_targets=[wrong, "backups"])

    made = actions.take(chain.ctx, kind="full")

    assert made.good == [str(home / "backups")]
    assert chain.alarms() == {"backup.target_failed"}
    said = chain.hq.db.rows("SELECT subject, facts FROM alarm")
    assert "password1" not in str([tuple(row) for row in said]) + str(made.copies)


def test_without_secrets_it_says_where_they_belong(chain, store):
    with pytest.raises(Misconfigured, match="backup-s3.json"):
        Bucket(chain.hq.home, store.address, chain.clock)
