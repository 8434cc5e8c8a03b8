/** The till's page: starts the parts, decides which screen is on, hands scans to whoever wants them. */
import { html, render, useState, useLayoutEffect, wordedAs } from "./ui.mjs";
import { page, set, subscribe } from "./store.mjs";
import { useLanguage, t, LANGUAGES } from "./texts.mjs";
import { startKeys, decideHumanBy, forgetTyped, scanTaker } from "./keys.mjs";
import { createWedge } from "./wedge.mjs";
import { startSounds } from "./sounds.mjs";
import { startEvents } from "./events.mjs";
import { refresh, go } from "./flow.mjs";
import { scan, refuseScan, countDouble, resumeScans, scanMarks } from "./scans.mjs";
import { isReceiptNumber } from "./verbs.mjs";
import { wearTheme } from "./theme.mjs";
import { DIALOGS } from "./dialogs.mjs";
import { TopBar, SilenceStrip } from "./parts/chrome.mjs";
import { Pair } from "./screens/pair.mjs";
import { SignIn } from "./screens/signin.mjs";
import { Opening } from "./screens/opening.mjs";
import { Sale } from "./screens/sale.mjs";
import { Tender } from "./screens/tender.mjs";
import { Held } from "./screens/held.mjs";
import { Receipts } from "./screens/receipts.mjs";
import { Return } from "./screens/return.mjs";
import { Count } from "./screens/count.mjs";
import { Goods } from "./screens/goods.mjs";

const SCREENS = {
  sale: Sale, tender: Tender, held: Held, receipts: Receipts, return: Return, count: Count, goods: Goods,
};
const WITHOUT_SHIFT = new Set(["goods", "receipts"]);
const RETRY_MS = 2000;

/** Which screen the state of things asks for; the person's wish comes last. */
function screenNow() {
  const { state } = page;
  if (!page.paired) return ["pair", Pair];
  if (!state) return ["wait", Waiting];
  if (!state.staff || state.locked) return ["signin", SignIn];
  if (!state.shift && !WITHOUT_SHIFT.has(page.screen)) return ["opening", Opening];
  if (page.screen === "tender" && !state.basket.lines.length) return ["sale", Sale];
  return [page.screen, SCREENS[page.screen]];
}

function Waiting() {
  return html`
    <main class="page"><div class="empty">${page.silent ? t("silence.title") : ""}</div></main>
  `;
}

function App() {
  const [, paint] = useState(0);
  useLayoutEffect(() => subscribe(() => paint((n) => n + 1)), []); // at once: a first frame may come after the answers
  const [name, Screen] = screenNow();
  const ready = page.textsVersion > 0;
  if (!ready) return null;
  wordedAs(page.textsVersion);
  const dialogs = name === "signin" || name === "pair" ? [] : page.dialogs;
  return html`
    <div class=${"app " + name}>
      <${TopBar} />
      <${Screen} key=${name} />
      ${dialogs.map((dialog) => html`
        <${DIALOGS[dialog.name]} key=${dialog.id} id=${dialog.id} props=${dialog.props} />
      `)}
      <${SilenceStrip} />
    </div>
  `;
}

/** A scan from the wedge: the screen's own use first, else the basket. */
function onScan({ code, at }) {
  forgetTyped(code.length);
  const taker = scanTaker();
  if (taker) taker({ code, at });
  else if (!page.state || !page.state.staff || page.state.locked) refuseScan(code, t("scan.sign_in_first"));
  else if (!page.state.shift) refuseScan(code, t("scan.open_first"));
  else if (isReceiptNumber(code) && !page.dialogs.length) go("receipts", { find: code });
  else scan(code, "wedge", { at });
}

/** The same code read twice. */
function onDouble(code) {
  forgetTyped(code.length);
  countDouble(code);
}

/** Buttons are touched without taking the focus: a scan after a touch must not press them again. */
function keepFocusAway(event) {
  if (event.target.closest && event.target.closest("button")) event.preventDefault();
}

function firstLanguage() {
  const wanted = navigator.languages.map((name) => name.toLowerCase());
  for (const name of wanted) {
    if (/^zh-(hant|hk|tw|mo)/.test(name)) return "zh-Hant";
    if (name.startsWith("zh")) return "zh-Hans";
    if (name.startsWith("en")) return "en";
  }
  return LANGUAGES[0][0];
}

async function begin() {
  try {
    await useLanguage(firstLanguage());
    set({ textsVersion: 1 });
  } catch {
    setTimeout(begin, RETRY_MS);
    return;
  }
  await refresh();
  resumeScans();
  startEvents();
  const knock = setInterval(() => {
    if (page.state || !page.paired) clearInterval(knock);
    else refresh();
  }, RETRY_MS);
}

wearTheme();
const wedge = createWedge({ onScan, onDouble });
decideHumanBy((action) => wedge.whenHuman(action));
startKeys();
startSounds();
document.addEventListener("pointerdown", keepFocusAway, true);
document.addEventListener("mousedown", keepFocusAway, true);
render(html`<${App} />`, document.getElementById("till"));
begin();

/** For measurements: what was scanned and when its row was painted. */
window.lianpuTill = { scanMarks, page };
