"""From the last key of a scan to the painted line, and from the last key of a word to the painted list.

A real node process with 100,000 products, a real headless browser, key events through the browser's own input
pipeline. Measured inside the page: from the key event to the second animation frame after the row is in the document,
which is after its paint for certain; the end of the first frame is told beside it. The limit is the floor of one
frame: the same key and the same wait, with a row that the page adds by itself. A long basket has 120 rows: with names
in three languages the 64 KiB of one event end at some 140.
"""

from __future__ import annotations

import itertools
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

from edge.people.pairing import make_code
from proof.bench.measure import Figure, percentile
from proof.bench.shop import INITIAL, PIN, STAFF, a_selling_node, made_products, real_products
from proof.demo.processes import Child
from proof.demo.selfcheck.browser import BrowserTill, find_browser
from proof.demo.till import TillClient
from proof.skipped import Skipped
from proof.sockets import free_port
from schemas.config.edge import EdgeConfig

PRODUCTS, LONG, TRIES = 100_000, 120, 12
FRAME_MS = 1000 / 60
SHOWN, WORDS = 8, 12  # rows of the list, words asked for
WATCH = """
const ROWS = { line: ".row.ln:not(.wait)", hits: ".hit", floor: ".floor" };
window.bench = {
  armed: null,
  arm(kind) {
    const mark = () => [...document.querySelectorAll(ROWS[kind])].map((row) => row.id + (row.dataset.sku || "")).join();
    const before = mark();
    this.took = new Promise((done) => {
      const watch = new MutationObserver(() => {
        if (!this.armed.began || mark() === before || !mark()) return;
        watch.disconnect();
        const { began } = this.armed;
        this.armed = null;
        const took = [0, 0];
        const end = (n) => () => {
          took[n] = performance.now() - began;
          if (took[0] && took[1]) done(took);
        };
        requestAnimationFrame(() => {
          const { port1, port2 } = new MessageChannel();
          port1.onmessage = end(0);
          port2.postMessage(null);  // a task behind the rendering of this frame
          requestAnimationFrame(end(1));
        });
      });
      this.armed = { kind, began: 0 };
      watch.observe(document.documentElement, { childList: true, subtree: true, attributes: true });
    });
  },
};
addEventListener("keydown", (event) => {  // before any listener of the page, which may keep a scanner's keys to itself
  const { armed } = window.bench;
  if (!armed || (armed.kind !== "hits" && event.key !== "Enter")) return;
  armed.began = performance.now();
  if (armed.kind !== "floor") return;
  const row = document.createElement("div");
  row.className = "floor";
  row.id = "floor" + armed.began;
  document.body.append(row);
}, true);
"""


def measure(rounds: int, products: int = PRODUCTS, tries: int = TRIES, long: int = LONG) -> list[Figure]:
    """Scan with a short and a long basket, search painted, search at the edge."""
    if find_browser() is None:
        raise Skipped("no browser: apt-get install chromium, or set LIANPU_BROWSER to one")
    if find_spec("playwright") is None:
        raise Skipped("no playwright: install the extra dev")
    with tempfile.TemporaryDirectory(prefix="lianpu-bench-") as folder:
        home, port = Path(folder) / "node", free_port()
        config = EdgeConfig(port=port, witness=str(Path(folder) / "witness"), ballast_mb=1, disk_min_mb=1)
        code = prepare(home, config, products)
        child = Child(
            "node", ["-m", "edge.cli", "--home", str(home), "run"], f"http://127.0.0.1:{port}/healthz",
            Path(folder) / "node.log",
            {
                "LIANPU_EDGE_PORT": str(port), "LIANPU_EDGE_WITNESS": config.witness,
                "LIANPU_EDGE_BALLAST_MB": "1", "LIANPU_EDGE_DISK_MIN_MB": "1",
            },
        ).start()  # fmt: skip
        try:
            return _in_browser(f"http://127.0.0.1:{port}", code, rounds, tries, long, products)
        finally:
            child.stop()


def prepare(home: Path, config: EdgeConfig, products: int) -> str:
    """A node's home with these goods and an open shift; a code that pairs a screen with terminal 01."""
    node, ctx = a_selling_node(home, products, config)
    try:
        return make_code(ctx, "01")
    finally:
        node.close()


def codes(products: int) -> Iterator[str]:
    """Codes of different products for ever, so that each scan makes a line of its own."""
    real = list(real_products())
    while True:
        yield from (row["code"] for row in [*real, *made_products(real, products - len(real))])


def _in_browser(url: str, code: str, rounds: int, tries: int, long: int, products: int) -> list[Figure]:
    client = TillClient(url)
    client.pair(code)
    client.sign_in(STAFF, PIN, INITIAL)
    known = codes(products)
    found: dict[str, list[float]] = {}
    with BrowserTill(url) as till:
        till.page.add_init_script(WATCH)
        till.adopt(client)
        till.page.wait_for_selector("#box, .rows", timeout=20_000)
        bench = Bench(till, client, known)
        for n in range(rounds + 1):
            taken = bench.round(tries, long)
            if not n:
                bench.first.clear()
            else:
                for name, values in taken.items():
                    found.setdefault(name, []).extend(values)
    return figures(found | {"first": bench.first["line"], "first_floor": bench.first["floor"]}, long)


class Bench:
    """The measurements of one page."""

    def __init__(self, till: BrowserTill, client: TillClient, codes: Iterator[str]) -> None:
        self.till, self.client, self.codes = till, client, codes
        self.words = words(client)
        self.first: dict[str, list[float]] = {}

    def round(self, tries: int, long: int) -> dict[str, list[float]]:
        """Every measurement once, `tries` values each."""
        found = {
            "floor": [
                self.timed("floor", lambda: self.till.page.keyboard.press("Enter")) for _ in range(tries)
            ]
        }
        found["scan"] = [self.timed("line", self.scan) for _ in range(tries)]
        while len(self.client.refresh()["basket"]["lines"]) < long:
            self.client.post("/basket/scan", {"code": next(self.codes), "source": "wedge"})
        shown = "(n) => document.querySelectorAll('.row.ln:not(.wait)').length >= n"
        self.till.page.wait_for_function(shown, arg=long)  # the page has heard of all of them
        found["long"] = [self.timed("line", self.scan) for _ in range(tries)]
        self.client.post("/basket/abort", {"reason": "other"})
        found["edge"] = [self.asked(word) for word in self.words[:tries]]
        found["search"] = [self.searched(word) for word in self.words[:tries]]
        return found

    def timed(self, kind: str, act: Callable[[], None]) -> float:
        """Milliseconds from the last key to the second frame after the change."""
        page = self.till.page
        page.evaluate("(kind) => bench.arm(kind)", kind)
        act()
        took: list[float] = page.evaluate("bench.took")
        self.first.setdefault(kind, []).append(took[0])
        page.wait_for_timeout(40)  # a person or a scanner never sends the next one within the same frame
        return took[1]

    def scan(self) -> None:
        """The next product that is not in the basket."""
        self.till.scan(next(self.codes))

    def searched(self, word: str) -> float:
        """Type a word into the search; the page waits a little after the last key before it asks."""
        page = self.till.page
        page.keyboard.press("F2")
        page.wait_for_selector("#search-box")
        page.keyboard.type(word[:-1], delay=90)
        page.wait_for_timeout(600)
        took = self.timed("hits", lambda: page.keyboard.type(word[-1]))
        page.keyboard.press("Escape")
        page.wait_for_selector("#search-box", state="detached")
        return took

    def asked(self, word: str) -> float:
        """The same question to the node's interface."""
        began = time.perf_counter()
        self.client.get(f"/search?q={word}")
        return (time.perf_counter() - began) * 1000


def words(client: TillClient) -> list[str]:
    """Words of product names whose last letter changes the list, for a list that stays cannot be seen to be painted."""

    def shown(text: str) -> list[str]:
        return [row["sku"] for row in client.get(f"/search?q={text}")["results"][:SHOWN]]

    found: list[str] = []
    for row in itertools.islice(real_products(), 0, None, 37):
        word = max(row["en"].lower().split(), key=len)
        new = word.isascii() and word.isalpha() and word not in found and len(word) >= 4
        if new and shown(word) and shown(word[:-1]) != shown(word):
            found.append(word)
        if len(found) == WORDS:
            break
    return found


def figures(found: dict[str, list[float]], long: int) -> list[Figure]:
    """Percentiles over all rounds; the ratio is to the floor of the same percentile."""

    def figure(item: str, name: str, share: float, limit: float, bound: float) -> Figure:
        ours = percentile(found[name], share)
        return Figure(item, ours, limit, "ms", ours / limit, bound / limit, bound=bound)

    floor50, floor95 = percentile(found["floor"], 0.5), percentile(found["floor"], 0.95)
    first = percentile(found["first"], 0.5)
    first_floor = percentile(found["first_floor"], 0.5)
    return [
        figure("scan to painted line, p50", "scan", 0.5, floor50, 2 * FRAME_MS),
        figure("scan to painted line, p95", "scan", 0.95, floor95, 50.0),
        figure(f"the same with {long} lines, p50", "long", 0.5, floor50, 2 * FRAME_MS),
        figure(f"the same with {long} lines, p95", "long", 0.95, floor95, 50.0),
        Figure("both to the end of the first frame, p50", first, first_floor, "ms", first / first_floor),
        figure("search to painted list, p95", "search", 0.95, floor95, 150.0),
        figure("search at the edge, p95", "edge", 0.95, floor95, 50.0),
    ]
