"""A second till in another browser over HTTPS: it pairs, sells beside the first, and is nothing before it is paired."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from playwright.sync_api import Browser, Error, Page, expect

from edge import lan
from edge.app import create_app
from kit.clock import SystemClock
from kit.listener import Listener, Tls
from proof.sockets import free_port
from tests.browser.conftest import ARGUMENTS, RECORDER, chromium_path
from tests.browser.goods import BREAD, MILK
from tests.browser.hands import WAIT_MS, Keys
from tests.browser.world import THREADS, World
from tests.builders.edge import MANAGER, MANAGER_PIN
from tests.patience import ENOUGH_SECONDS


class Line:
    """The node's HTTPS listener, as `EdgeServer` makes it for the LAN."""

    def __init__(self, world: World) -> None:
        port = free_port()
        self.world = world
        world.node.config = msgspec.structs.replace(
            world.node.config, lan=True, lan_port=port, host_names=["localhost"]
        )
        self.files = lan.ensure(world.node.home / "keys", ["localhost"], SystemClock().now_ms())
        self.url = f"https://localhost:{port}"
        self._server = Listener(("127.0.0.1", port), create_app(world.node), numthreads=THREADS)
        self._server.ssl_adapter = Tls(str(self.files.certificate), str(self.files.key))
        self._server.prepare()
        self._thread = Thread(target=self._server.serve, daemon=True)
        self._thread.start()

    def key_hash(self) -> str:
        """SHA-256 of the certificate's public key, as Chromium names a key that it shall believe."""
        leaf = x509.load_pem_x509_certificate(self.files.certificate.read_bytes())
        spki = leaf.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return base64.b64encode(hashlib.sha256(spki).digest()).decode()

    def close(self) -> None:
        """End it; the streams of its screens first, or it would wait for their next heartbeat."""
        self.world.node.bus.close()
        self._server.stop()
        self._thread.join(ENOUGH_SECONDS)
        assert not self._thread.is_alive()


@pytest.fixture
def line(world: World) -> Iterator[Line]:
    """HTTPS beside the loopback listener."""
    made = Line(world)
    yield made
    made.close()


@pytest.fixture
def second(browser: Browser, line: Line) -> Iterator[Page]:
    """Another browser, which believes the key of this store and of nobody else."""
    arguments = [*ARGUMENTS, f"--ignore-certificate-errors-spki-list={line.key_hash()}"]
    opened = browser.browser_type.launch(executable_path=chromium_path(), args=arguments)
    page = opened.new_page(viewport={"width": 1024, "height": 768}, locale="en-GB")
    page.set_default_timeout(WAIT_MS)
    page.add_init_script(RECORDER)
    page.goto(line.url + "/pair")
    yield page
    opened.close()


def sell(till: Keys, *codes: str) -> None:
    """Scan, pay exactly."""
    for place, code in enumerate(codes, 1):
        till.board.burst(code)
        till.lines(place)
    till.pay()
    till.press("Enter")
    till.see("#done")


def test_two_tills_sell_at_once_with_numbers_of_their_own(till: Keys, world: World, second: Page) -> None:
    """The first over loopback, the second over HTTPS; each has its person, its shift and its numbers."""
    other = Keys(second)
    other.pair(world.pairing_code("02"))
    other.sign_in(MANAGER, MANAGER_PIN)
    other.open_shift("300")

    till.board.burst(BREAD.code)
    other.board.burst(MILK.code)
    till.lines(1)
    other.lines(1)
    till.pay()
    other.pay()
    other.press("Enter")
    till.press("Enter")
    other.see("#done")
    till.see("#done")

    sold = sorted((row["terminal"], row["number"].split("/")[0], row["n"]) for row in world.documents())
    assert sold == [("01", "001-01", 1), ("02", "001-02", 1)]
    drawers = "SELECT sum(quantity) FROM balance WHERE account = ?"
    assert world.count(drawers, "cash:001:01") == 50_000 + BREAD.price
    assert world.count(drawers, "cash:001:02") == 30_000 + MILK.price

    sell(other, BREAD.code)
    assert [row["n"] for row in world.documents() if row["terminal"] == "02"] == [1, 2]


def test_an_unpaired_browser_over_https_gets_nothing_but_pairing(
    second: Page, line: Line, world: World
) -> None:
    """Neither names nor goods nor state; the node's page is closed; the cookie of a pairing is secure."""
    second.locator("#pair-code").wait_for()
    for path in ("state", "staff", "held", "receipts", "search?q=a"):
        answer = second.request.get(f"{line.url}/api/v1/{path}", ignore_https_errors=True)
        assert (answer.status, answer.json()["code"]) == (401, "people.device_unknown")
    assert second.goto(line.url + "/node").status == 403  # type: ignore[union-attr]
    assert "001" not in second.locator("main").inner_text()

    second.goto(line.url + "/")
    other = Keys(second)
    other.pair(world.pairing_code("02"))
    kept = [cookie for cookie in second.context.cookies() if cookie["name"] == "lianpu_device"]
    assert [(cookie["secure"], cookie["httpOnly"], cookie["sameSite"]) for cookie in kept] == [
        (True, True, "Strict")
    ]


def test_a_browser_that_does_not_know_the_store_is_warned(browser: Browser, line: Line) -> None:
    """Nothing ignores errors of certificates: without the store's authority the browser stops."""
    page = browser.new_page()
    page.set_default_timeout(WAIT_MS)
    with pytest.raises(Error, match="ERR_CERT_AUTHORITY_INVALID"):
        page.goto(line.url + "/pair")
    page.close()


@pytest.mark.parametrize(("language", "word"), [("en", "Install"), ("zh-Hans", "安装"), ("zh-Hant", "安裝")])
def test_the_pairing_screen_leads_to_the_certificate_and_its_fingerprint(
    second: Page, line: Line, language: str, word: str, tmp_path: Path
) -> None:
    """Fingerprint, steps for each system, the file itself."""
    second.locator("#pair-trust").click()
    second.locator(f"nav a[lang='{language}']").click()
    expect(second.locator("html")).to_have_attribute("lang", language)
    shown = second.locator(".print code").inner_text()
    expect(second.locator(".steps dt")).to_have_count(4)
    expect(second.locator(".steps")).to_contain_text(word)
    assert "office." not in second.locator("body").inner_text()

    with second.expect_download() as waiting:
        second.locator("a[download]").click()
    waiting.value.save_as(tmp_path / "store.crt")
    assert waiting.value.suggested_filename == "lianpu-store.crt"
    served = x509.load_pem_x509_certificate((tmp_path / "store.crt").read_bytes())
    digest = hashlib.sha256(served.public_bytes(Encoding.DER)).hexdigest().upper()
    assert shown.replace(" ", "") == digest
    leaf = x509.load_pem_x509_certificate(line.files.certificate.read_bytes())
    leaf.verify_directly_issued_by(served)


def test_the_nodes_page_shows_the_way_as_a_code(till: Keys, line: Line) -> None:
    """On the first till: address, QR and the same fingerprint."""
    till.page.goto(till.page.url.split("#")[0] + "node?lang=en")
    trust = till.page.locator("section.trust")
    assert trust.locator("svg.qr").get_attribute("aria-label") == line.url + "/pair/trust"
    assert line.files.fingerprint in trust.inner_text()
