"""The pictures of README.md: `python -m proof.demo.pictures` runs a demo world and photographs its real pages.

Every picture is asked for by name; a page that does not come, or a file that is too large, ends the run with exit
code 1 and leaves the pictures in `docs/pictures/` as they were.
"""

from __future__ import annotations

import argparse
import csv
import io
import shutil
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PIL import Image

from proof.demo.line import PASS, REFUSE
from proof.demo.profiles import CASHIER, MANAGER, PROFILES
from proof.demo.seed import rows
from proof.demo.selfcheck.browser import SWITCHES, find_browser
from proof.demo.selfcheck.sell import by_api, until
from proof.demo.till import TillClient
from proof.demo.world import PINS, World
from proof.oracle.baskets import baskets

PICTURES = Path(__file__).resolve().parent.parent.parent / "docs" / "pictures"
SIZE = {"width": 1366, "height": 768}
BYTES_MAX, BYTES_TOGETHER_MAX, COLOURS = 150_000, 1_500_000, 192
NAMES = (
    "till-sale", "till-tender", "till-done", "till-offline", "till-return", "till-close", "bench", "hq-home",
    "hq-sales", "hq-proof", "hq-fleet", "hq-product", "hq-import", "node",
)  # fmt: skip
SOLD = {"001": 36, "002": 24}
FLOAT_MINOR = 50_000
TIMEOUT_MS = 20_000
OFFLINE_SECONDS = 120.0
TELEMETRY_SECONDS = 120.0  # a store tells its own count and its devices once a minute
DAY_MS = 86_400_000


@dataclass
class Album:
    """Takes pictures into a folder of its own; `publish` moves them all at once."""

    folder: Path
    taken: list[str] = field(default_factory=list)

    def take(self, page: Any, name: str) -> None:
        """Photograph what the window shows, with few colours."""
        page.wait_for_timeout(400)  # the last animation of the page
        shot = Image.open(io.BytesIO(page.screenshot(animations="disabled"))).convert("RGB")
        shot.quantize(COLOURS, dither=Image.Dither.NONE).save(self.folder / f"{name}.png", optimize=True)
        self.taken.append(name)
        print(f"· {name}.png {(self.folder / f'{name}.png').stat().st_size // 1000} kB", flush=True)

    def problems(self) -> list[str]:
        """Pictures that are missing or too large."""
        sizes = {name: (self.folder / f"{name}.png").stat().st_size for name in self.taken}
        found = [f"{name}: not taken" for name in NAMES if name not in sizes]
        found += [f"{name}: {size} bytes" for name, size in sizes.items() if size > BYTES_MAX]
        if sum(sizes.values()) > BYTES_TOGETHER_MAX:
            found.append(f"together {sum(sizes.values())} bytes")
        return found

    def publish(self, target: Path) -> None:
        """Replace the published pictures."""
        target.mkdir(parents=True, exist_ok=True)
        for old in target.glob("*.png"):
            old.unlink()
        for name in self.taken:
            shutil.copy(self.folder / f"{name}.png", target / f"{name}.png")


@dataclass
class Session:
    """One run: the world, the album, and pages of one browser."""

    world: World
    album: Album
    browser: Any
    clients: dict[str, TillClient] = field(default_factory=dict)

    def page(self, url: str, language: str = "en") -> Any:
        """A fresh page whose script errors end the run."""
        context = self.browser.new_context(viewport=SIZE, locale=language)
        page = context.new_page()
        page.set_default_timeout(TIMEOUT_MS)
        page.on("pageerror", lambda error: sys.exit(f"script error on {page.url}: {error}"))
        page.goto(url)
        return page


# -- the stores' day ---------------------------------------------------------------------------------------


def sell_first(session: Session) -> None:
    """Real baskets at the second terminal of each store and tomorrow's prices, so that HQ has something to show."""
    session.world.publish_step(session.world.civil(session.world.now_ms() + DAY_MS)[:10] + "T00:00")
    for shop in session.world.shops.values():
        client = session.world.till(shop, "02", MANAGER)
        session.world.sign_in(client, CASHIER)
        client.post("/shift/open", {"float_minor": FLOAT_MINOR})
        for basket in baskets(shop.zone, SOLD[shop.code]):
            by_api(client, basket)
        session.clients[shop.code] = client
    until(
        lambda: all(session.world.unsent(shop) == 0 for shop in session.world.shops.values()), "the uploads"
    )
    until(session.world.hq_applied, "HQ to apply everything")


def close_second_store(session: Session) -> None:
    """Store 002 closes its shift with 2.00 too little, so that the proof has a count to show."""
    client, shop = session.clients["002"], session.world.shops["002"]
    held = session.world.read_node(shop, "SELECT quantity FROM balance WHERE account = 'cash:002:02'")
    client.post("/shift/close", {"count": {"10": (held - 200) // 10}, "confirm": []})
    until(lambda: session.world.unsent(shop) == 0, "the upload of the Z")
    until(session.world.hq_applied, "HQ to apply the Z")


# -- the till ----------------------------------------------------------------------------------------------


class TillHands:
    """A person at terminal 01 of store 001."""

    def __init__(self, session: Session) -> None:
        world, shop = session.world, session.world.shops["001"]
        self.page = session.page(world.pairing_url(shop, "01")["url"])
        self._wire = self.page.context.new_cdp_session(self.page)
        self.page.wait_for_selector("#pair-code")
        self.page.keyboard.press("Enter")
        self.screen("signin")
        self.page.keyboard.type(CASHIER, delay=80)
        self.page.keyboard.press("Enter")
        self.page.wait_for_selector("#pin")
        self.page.keyboard.type(PINS[CASHIER], delay=80)
        self.page.keyboard.press("Enter")
        self.screen("opening")
        self.page.keyboard.type("500", delay=80)
        self.page.keyboard.press("Enter")
        self.screen("sale")

    def screen(self, name: str) -> None:
        """Wait for a screen."""
        self.page.wait_for_selector(f".app.{name}")

    def speak(self, language: str) -> None:
        """Change the language where a person changes it."""
        self.page.keyboard.press("Shift+F9")
        self.page.click(f'[data-choice="{language}"]')
        self.page.wait_for_selector(f'[data-choice="{language}"][aria-pressed="true"]')
        self.page.keyboard.press("Escape")
        self.page.wait_for_selector(".dlg", state="detached")

    def key_in(self, code: str) -> None:
        """Type a code like a person and wait until it is in the basket."""
        before = self.page.evaluate("lianpuTill.page.state.version")
        self.page.keyboard.type(code, delay=90)
        self.page.keyboard.press("Enter")
        self.page.wait_for_function(
            "before => lianpuTill.page.state.version > before && !lianpuTill.page.pending.length", arg=before
        )


def till_sale(session: Session, hands: TillHands) -> None:
    """A basket in English, the payment in traditional, the change in simplified Chinese."""
    hands.speak("en")
    for code in shelf(7):
        hands.key_in(code)
    hands.page.keyboard.press("+")
    hands.page.wait_for_function("() => lianpuTill.page.state.basket.totals.pieces === 8")
    session.album.take(hands.page, "till-sale")
    hands.speak("zh-Hant")
    hands.page.keyboard.press("F9")
    hands.screen("tender")
    hands.page.keyboard.type("500", delay=90)
    session.album.take(hands.page, "till-tender")
    hands.page.keyboard.press("Escape")
    hands.speak("zh-Hans")
    hands.page.keyboard.press("F9")
    hands.screen("tender")
    hands.page.keyboard.type("500", delay=90)
    hands.page.keyboard.press("Enter")
    hands.page.wait_for_selector("#done")
    session.album.take(hands.page, "till-done")


def three_papers(session: Session, hands: TillHands) -> None:
    """Two more sales, so that the bench shows a paper in each language."""
    for language, codes in (("zh-Hant", shelf(9)[7:]), ("en", shelf(11)[9:])):
        hands.speak(language)
        for code in codes:
            hands.key_in(code)
        hands.page.keyboard.press("F9")
        hands.screen("tender")
        hands.page.keyboard.press("Enter")
        hands.page.wait_for_selector("#done")
    printer = session.world.bench.printer("printer-001")
    until(lambda: len(printer.papers()) == 3, "three papers")


def till_return(session: Session, hands: TillHands) -> None:
    """The first receipt comes back in part."""
    hands.speak("en")
    hands.page.keyboard.press("Insert")
    hands.screen("receipts")
    hands.page.wait_for_selector("tr.sel[data-receipt]")
    hands.page.keyboard.press("ArrowDown")
    hands.page.keyboard.press("ArrowDown")
    hands.page.wait_for_selector("tr.sel[data-receipt$='-1']")
    hands.page.wait_for_selector("#primary[aria-disabled]", state="detached")
    hands.page.keyboard.press("F9")
    hands.screen("return")
    hands.page.wait_for_selector(".step[data-line]")
    for key in ("+", "ArrowDown", "+"):
        hands.page.keyboard.press(key)
        hands.page.wait_for_timeout(150)
    hands.page.keyboard.press("Alt+1")
    hands.page.wait_for_selector("#primary[aria-disabled]", state="detached")
    session.album.take(hands.page, "till-return")
    hands.page.keyboard.press("Escape")
    hands.page.keyboard.press("Escape")
    hands.screen("sale")


def till_close(session: Session, hands: TillHands) -> None:
    """The blind count."""
    hands.speak("zh-Hant")
    hands.page.keyboard.press("Shift+F9")
    hands.page.keyboard.press("1")
    hands.screen("count")
    for count in ("0", "0", "4", "2", "6", "3", "5", "2"):
        hands.page.keyboard.type(count)
        hands.page.keyboard.press("Enter")
    session.album.take(hands.page, "till-close")
    hands.page.keyboard.press("Escape")
    hands.screen("sale")


def till_offline(session: Session, hands: TillHands) -> None:
    """The line is cut; an unknown code makes a red row."""
    shop = session.world.shops["001"]
    hands.speak("zh-Hans")
    shop.line.cut(REFUSE)
    for code in (*shelf(4), "4890008100309"):
        hands.key_in(code)
    client = session.clients["001"]
    until(
        lambda: client.refresh()["chips"]["link"]["state"] == "offline", "the offline sign", OFFLINE_SECONDS
    )
    for basket in baskets(shop.zone, SOLD["001"] + 3)[SOLD["001"] :]:
        by_api(client, basket)
    hands.page.wait_for_function("() => lianpuTill.page.state.chips.link.state === 'offline'")
    hands.page.wait_for_function("() => lianpuTill.page.state.chips.link.unsent > 0")
    session.album.take(hands.page, "till-offline")


def node_page(session: Session, hands: TillHands) -> None:
    """The node's own page, while the line is cut."""
    page = hands.page.context.new_page()
    page.goto(f"{session.world.shops['001'].base}/node?lang=en")
    page.wait_for_selector(".banner[role=status]")
    session.album.take(page, "node")
    page.close()


def bench(session: Session, _hands: TillHands) -> None:
    """Papers of store 001 on the hardware bench."""
    page = session.page(f"{session.world.bench.http_url}/?lang=en")
    section = page.locator("section", has_text="printer-001").first
    section.scroll_into_view_if_needed()
    page.evaluate("section => window.scrollTo(0, section.offsetTop - 12)", section.element_handle())
    page.wait_for_function(
        "() => [...document.querySelectorAll('section img')].some(img => img.naturalHeight > 0)"
    )
    session.album.take(page, "bench")


# -- headquarters ------------------------------------------------------------------------------------------


def sign_in_at_hq(session: Session) -> Any:
    """The administrator's page."""
    page = session.page(f"http://127.0.0.1:{session.world.hq_port}/sign-in")
    page.fill('input[name="login"]', session.world.secrets["login"])
    page.fill('input[name="password"]', session.world.secrets["password"])
    page.click("form.card button.primary")
    page.wait_for_selector("nav.menu")
    return page


def at_hq(session: Session, page: Any, path: str, language: str, name: str, *, see: str = "h1") -> None:
    """Open a page of the console in a language and photograph it."""
    page.goto(f"http://127.0.0.1:{session.world.hq_port}{path}")
    if page.get_attribute("html", "lang") != language:
        page.click(f'.top button[name="language"][value="{language}"]')
        page.wait_for_selector(f'html[lang="{language}"]')
    page.wait_for_selector(f"#content {see}")
    page.mouse.move(1, 1)
    session.album.take(page, name)


def look_until(session: Session, page: Any, path: str, there: Callable[[], bool]) -> None:
    """Open a page of the console again and again until it shows what a store tells only now and then."""

    def look() -> bool:
        page.goto(f"http://127.0.0.1:{session.world.hq_port}{path}")
        page.wait_for_timeout(500)
        return there()

    until(look, path, TELEMETRY_SECONDS)


def headquarters(session: Session, _hands: TillHands) -> None:
    """Six pages of the console."""
    page = sign_in_at_hq(session)
    sale = session.clients["001"].get("/receipts?q=")["receipts"][0]
    sku = best_seller()
    at_hq(session, page, "/", "en", "hq-home")
    at_hq(session, page, f"/sales/receipt/001/{sale['id']}", "zh-Hant", "hq-sales", see="#receipt")
    look_until(
        session, page, "/proof/?store=002", lambda: page.locator("#content table.t .mono").count() == 2
    )
    at_hq(session, page, "/proof/?store=002", "zh-Hans", "hq-proof", see=".days")
    look_until(session, page, "/fleet/", lambda: page.locator("#content tbody tr").count() == 2)
    at_hq(session, page, "/fleet/", "en", "hq-fleet", see="table")
    at_hq(session, page, f"/products/{sku}", "zh-Hant", "hq-product")
    hq_import(session, page)


def hq_import(session: Session, page: Any) -> None:
    """A dry run of a file with mistakes."""
    page.goto(f"http://127.0.0.1:{session.world.hq_port}/imports/new?kind=prices")
    name = session.album.folder / "prices-july.csv"
    name.write_text(faulty_prices(), encoding="utf-8")
    page.set_input_files('input[name="file"]', name)
    page.click("#content form.card button.primary")
    page.wait_for_selector("#content .reasons")
    at_hq(
        session,
        page,
        page.url.partition(str(session.world.hq_port))[2],
        "zh-Hans",
        "hq-import",
        see=".reasons",
    )


# -- real goods --------------------------------------------------------------------------------------------


def shelf(count: int) -> list[str]:
    """Codes of different goods that are bought often."""
    wanted = [row["product_code"] for row in rows("baskets")][:400]
    codes = {row["product_code"]: row["barcode"] for row in rows("products")}
    found: dict[str, None] = {}
    for sku in wanted:
        found.setdefault(codes[sku])
    return list(found)[3 : 3 + count]


def best_seller() -> str:
    """A product with prices in both zones and a change."""
    stepped = {row["product_code"] for row in rows("prices") if row["from_date"] >= "2026-07-10"}
    return next(row["product_code"] for row in rows("baskets") if row["product_code"] in stepped)


def faulty_prices() -> str:
    """Sixty real prices, some of them as people get them wrong."""
    wrong = {3: "28,5O", 9: "-4.00", 14: "", 21: "12.345", 33: "free", 40: "999999999.00"}
    written = io.StringIO()
    table = csv.writer(written)
    table.writerow(["sku", "scope", "price"])
    chain = [row for row in rows("prices") if row["zone"] == "chain"]
    for at, row in enumerate(chain[:60]):
        minor = int(row["price_minor"])
        sku = "P999999999" if at in (6, 27) else row["product_code"]
        scope = "zone:Q" if at == 17 else "chain"
        minor += 50 if at % 4 == 0 else 0
        table.writerow([sku, scope, wrong.get(at, f"{minor // 100}.{minor % 100:02d}")])
    return written.getvalue()


SCENES: tuple[Callable[[Session, TillHands], None], ...] = (
    till_sale, three_papers, till_return, till_close, bench, headquarters, till_offline, node_page,
)  # fmt: skip


def photograph(root: Path, album: Album) -> None:
    """Every scene in one world."""
    from playwright.sync_api import sync_playwright

    world = World(root, PROFILES["hkd"], fixed_ports=False)
    with ExitStack() as end:
        end.callback(world.stop)
        world.start()
        print("· HQ and two stores run", flush=True)
        playwright = end.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=find_browser(), args=SWITCHES)
        end.callback(browser.close)
        session = Session(world, album, browser)
        sell_first(session)
        close_second_store(session)
        print("· real baskets sold in both stores", flush=True)
        hands = TillHands(session)
        for scene in SCENES:
            scene(session, hands)
        world.shops["001"].line.cut(PASS)


def main() -> int:
    """Exit code 0 when every picture was taken and is small enough."""
    parser = argparse.ArgumentParser(prog="proof.demo.pictures", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--to", type=Path, default=PICTURES, help="folder of the pictures")
    arguments = parser.parse_args()
    root = Path(tempfile.mkdtemp(prefix="lianpu-pictures-")).resolve()
    try:
        album = Album(root / "pictures")
        album.folder.mkdir()
        photograph(root / "world", album)
        problems = album.problems()
        if not problems:
            album.publish(arguments.to)
    finally:
        shutil.rmtree(root, ignore_errors=True)
    print("\n".join(problems) or f"{len(album.taken)} pictures in {arguments.to.name}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
