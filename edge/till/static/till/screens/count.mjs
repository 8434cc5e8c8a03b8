/**
 * Closing a shift: a blind count by denomination. No expected sum is shown anywhere before it is handed in; "not
 * counted" is something else than 0. Open questions are answered first.
 */
import { html, useState, useEffect, useRef } from "../ui.mjs";
import { page } from "../store.mjs";
import { t, known } from "../texts.mjs";
import { formatMinor, formatShort } from "../money.mjs";
import { useKeys, byPerson } from "../keys.mjs";
import { act, ask, go, openDialog } from "../flow.mjs";
import { newKey } from "../api.mjs";
import { lock, openDrawer } from "../verbs.mjs";
import { refuseScan } from "../scans.mjs";
import { KeyBar, Primary, keysOf } from "../parts/keybar.mjs";
import { Pad, COUNT_PAD, edit } from "../parts/keypad.mjs";
import { Icon } from "../parts/icons.mjs";
import { Notice } from "../parts/notice.mjs";

const DIGITS_MAX = 5;

function useClosing() {
  const [questions, setQuestions] = useState([]);
  const [confirmed, setConfirmed] = useState([]);
  const load = () => ask("shift/closing").then((answer) => answer && setQuestions(answer.questions));
  useEffect(() => {
    load();
  }, [page.state.held_count]);
  const toggle = (kind) => {
    const others = confirmed.filter((entry) => entry !== kind);
    setConfirmed(confirmed.includes(kind) ? others : [...confirmed, kind]);
  };
  return { questions, confirmed, toggle };
}

function questionWords(question) {
  return known("closing." + question.kind) ? t("closing." + question.kind) : question.kind;
}

function Questions({ closing, unsent }) {
  return html`
    <div class="card">
      <h2>${t("closing.title")}</h2>
      ${closing.questions.map((question, n) => {
        const sure = closing.confirmed.includes(question.kind);
        const fixed = question.kind === "open_basket";
        return html`
          <div class="kv ask" key=${question.kind}>
            <span><${Icon} name=${sure ? "ok" : "warn"} /> ${questionWords(question)}</span>
            <b>${(question.ids || []).length}</b>
            ${!fixed && html`
              <button
                type="button"
                class=${"btn" + (sure ? " on" : "")}
                data-confirm=${question.kind}
                aria-pressed=${sure}
                onClick=${() => closing.toggle(question.kind)}
              >
                ${t("closing.leave")} <kbd>Alt ${n + 1}</kbd>
              </button>
            `}
          </div>
        `;
      })}
      ${!closing.questions.length && html`
        <div class="kv">
          <span><${Icon} name="ok" /> ${t("closing.none")}</span>
        </div>
      `}
      ${unsent > 0 && html`
        <div class="kv mut">
          <span><${Icon} name="offline" /> ${t("closing.unsent")}</span>
          <b>${unsent}</b>
        </div>
      `}
    </div>
  `;
}

function Column({ title, pieces, counts, at, onChoose, exponent }) {
  return html`
    <div>
      <table>
        <thead>
          <tr>
            <th>${title}</th>
            <th class="num">${t("count.pieces")}</th>
            <th class="num">${t("column.amount")}</th>
          </tr>
        </thead>
        <tbody>
          ${pieces.map((piece) => {
            const text = counts[piece];
            const on = piece === at;
            return html`
              <tr key=${piece} class=${on ? "sel" : ""} data-piece=${piece} onClick=${() => onChoose(piece)}>
                <td><b class="big">${formatShort(piece, exponent)}</b></td>
                <td class="num">
                  <span class=${"cnt" + (text === undefined ? " e" : "") + (on ? " focus" : "")}>
                    ${text === undefined ? t("count.not_yet") : text || "0"}
                  </span>
                </td>
                <td class="num">${text === undefined ? "—" : formatMinor(piece * Number(text || 0), exponent)}</td>
              </tr>
            `;
          })}
        </tbody>
      </table>
    </div>
  `;
}

function useCount(pieces) {
  const [counts, setCounts] = useState({});
  const [at, setAt] = useState(pieces[0]);
  const fresh = useRef(true);
  const place = pieces.indexOf(at);
  const choose = (piece) => {
    setAt(piece);
    fresh.current = true;
  };
  const move = (step) => choose(pieces[Math.max(0, Math.min(pieces.length - 1, place + step))]);
  /** A key for the chosen piece; answers what takes it back. */
  const put = (key) => {
    const wasFresh = fresh.current;
    setCounts((now) => {
      const before = fresh.current && key !== "back" ? "" : now[at] || "";
      const text = edit(before, key, DIGITS_MAX).replace(/^0+(?=\d)/, "");
      const next = { ...now, [at]: text };
      if (text === "" && key === "back") delete next[at];
      if (key === "clear") delete next[at];
      return next;
    });
    fresh.current = false;
    return () => {
      setCounts(counts);
      fresh.current = wasFresh;
    };
  };
  const enter = () => {
    setCounts((now) => (now[at] === undefined ? { ...now, [at]: "0" } : now));
    move(1);
  };
  const zeroRest = () => setCounts((now) => {
    const filled = pieces.map((piece) => [piece, now[piece] === undefined ? "0" : now[piece]]);
    return Object.fromEntries(filled);
  });
  const missing = pieces.filter((piece) => counts[piece] === undefined);
  const total = pieces.reduce((sum, piece) => sum + piece * Number(counts[piece] || 0), 0);
  return { counts, at, choose, move, put, enter, zeroRest, missing, total };
}

function countKeys(work) {
  const keys = {
    Enter: work.enter,
    ArrowUp: () => work.move(-1),
    ArrowDown: () => work.move(1),
    Backspace: () => work.put("back"),
    Delete: () => work.put("clear"),
  };
  for (let digit = 0; digit <= 9; digit += 1) keys[String(digit)] = byPerson(() => work.put(String(digit)));
  return keys;
}

function blockOf(work, closing, exponent) {
  const { questions, confirmed } = closing;
  const open = questions.filter(({ kind }) => kind === "open_basket" || !confirmed.includes(kind));
  if (work.missing.length) {
    return { kind: "wait", lines: [t("count.first", { n: formatShort(work.missing[0], exponent) })] };
  }
  if (open.length) return { kind: "wait", lines: [t("closing.answer_first")] };
  return null;
}

/** The screen. */
export function Count() {
  const { state } = page;
  const { exponent, code, denominations } = state.currency;
  const unit = 10 ** exponent;
  const notes = denominations.filter((piece) => piece >= 10 * unit);
  const coins = denominations.filter((piece) => piece < 10 * unit);
  const closing = useClosing();
  const work = useCount([...notes, ...coins]);
  const [key] = useState(newKey);
  const blocked = blockOf(work, closing, exponent);
  async function close() {
    if (blocked) return;
    const count = Object.fromEntries(Object.entries(work.counts).map(([piece, text]) => [piece, Number(text || 0)]));
    const body = { count, confirm: closing.confirmed };
    const done = await act("shift/close", body, { key, ask: { title: t("count.close") } });
    if (!done) return;
    go("sale");
    openDialog("report", { report: done.report, title: t("report.z") });
  }
  const commands = [
    { key: "Escape", cap: "Esc", label: t("key.back_to_sale"), run: () => go("sale") },
    { key: "F3", cap: "F3", label: t("more.cash"), run: () => openDialog("cash") },
    { key: "F4", cap: "F4", label: t("count.rest_zero"), run: work.zeroRest },
    { key: "F6", cap: "F6", label: t("key.recall"), badge: state.held_count || null, run: () => go("held") },
    { key: "F7", cap: "F7", label: t("more.printer"), run: () => openDialog("printer") },
    { key: "F10", cap: "F10", label: t("key.drawer"), run: openDrawer },
    { key: "Ctrl+L", cap: "Ctrl L", label: t("key.lock"), run: lock },
    { key: "F1", cap: "F1", label: t("key.help"), run: () => openDialog("help") },
  ];
  const confirmKeys = Object.fromEntries(closing.questions.map(({ kind }, n) => [
    `Alt+${n + 1}`,
    () => kind !== "open_basket" && closing.toggle(kind),
  ]));
  useKeys(
    { ...keysOf(commands), ...countKeys(work), ...confirmKeys, F9: close },
    { onScan: ({ code: scanned }) => refuseScan(scanned, t("scan.counting")) },
  );
  const pad = { up: () => work.move(-1), down: () => work.move(1), enter: work.enter };
  return html`
    <main class="page">
      <div class="ph">
        <h1>${t("count.title")}</h1>
        <span class="tag n">
          <${Icon} name="lock" />
          <span class="cut">${t("count.blind")}</span>
        </span>
        <span class="sp"></span>
        <span class="mut">${state.shift ? state.shift.day : ""}</span>
      </div>
      <div class="den">
        <${Column}
          title=${t("count.notes")}
          pieces=${notes}
          counts=${work.counts}
          at=${work.at}
          onChoose=${work.choose}
          exponent=${exponent}
        />
        <${Column}
          title=${t("count.coins")}
          pieces=${coins}
          counts=${work.counts}
          at=${work.at}
          onChoose=${work.choose}
          exponent=${exponent}
        />
      </div>
      <${Notice} />
    </main>
    <aside class="aside">
      <${Questions} closing=${closing} unsent=${state.chips.link ? state.chips.link.unsent : 0} />
      <${Pad}
        keys=${COUNT_PAD}
        onKey=${(name) => (pad[name] ? pad[name]() : work.put(name))}
        className="pad four grow"
        wide=${["0"]}
      />
    </aside>
    <footer class="bar">
      <${KeyBar} commands=${commands} few=${true} />
      <div class="sum">
        <div class="tot">
          <div class="lab">
            <span>${t("count.total", { currency: code })}</span>
            ${work.missing.length > 0 && html`<span>${t("count.missing", { n: work.missing.length })}</span>`}
          </div>
          <div class="big" id="counted">${formatMinor(work.total, exponent)}</div>
        </div>
        <${Primary} label=${t("count.close")} cap="F9" onPress=${close} blocked=${blocked} />
      </div>
    </footer>
  `;
}
