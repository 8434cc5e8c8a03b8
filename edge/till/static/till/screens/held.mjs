/** Held baskets of the whole store: choose one and take it back. */
import { html, useState, useEffect } from "../ui.mjs";
import { page } from "../store.mjs";
import { t, pick } from "../texts.mjs";
import { formatMinor } from "../money.mjs";
import { useKeys } from "../keys.mjs";
import { actAhead, ask, go, openDialog } from "../flow.mjs";
import { newKey } from "../api.mjs";
import { lock } from "../verbs.mjs";
import { KeyBar, Primary, keysOf } from "../parts/keybar.mjs";
import { Icon } from "../parts/icons.mjs";
import { Notice } from "../parts/notice.mjs";
import { duration } from "../parts/chrome.mjs";

const MINUTE_MS = 60000;

/** "18:31" of the store-local "2026-07-10 18:31". */
function clockOf(time) {
  return time.slice(11, 16);
}

function parse(time) {
  return Date.parse(time.replace(" ", "T") + "Z");
}

function minutesSince(time) {
  return Math.max(0, Math.round((parse(page.state.now) - parse(time)) / MINUTE_MS));
}

function Row({ basket, on, onChoose, exponent }) {
  return html`
    <tr class=${on ? "sel" : ""} aria-selected=${on} data-held=${basket.id} onClick=${onChoose}>
      <td>
        <b class="big">${clockOf(basket.time)}</b>
        <div class="sm mut">${t("age.ago", { age: duration(minutesSince(basket.time)) })}</div>
      </td>
      <td>
        ${basket.staff_name}
        <div class="sm mut">${t("top.lane", { lane: basket.terminal })}</div>
      </td>
      <td>
        <div class="cut">${basket.first.map(pick).join(" · ")}</div>
        <div class="sm mut">
          ${t("total.pieces", { n: basket.pieces })}
          ${basket.note ? " · " + t("held.note_is", { note: basket.note }) : ""}
        </div>
      </td>
      <td>${on && html`<span class="tag a">${t("held.enter")}</span>`}</td>
      <td class="num"><b class="big">${formatMinor(basket.total_minor, exponent)}</b></td>
    </tr>
  `;
}

function Aside({ basket, exponent }) {
  return html`
    <aside class="aside">
      ${basket && html`
        <div class="card">
          <h2>${t("held.content", { time: clockOf(basket.time) })}</h2>
          ${basket.first.map((name, n) => html`
            <div class="kv" key=${n}><span class="cut">${pick(name)}</span></div>
          `)}
          ${basket.lines > basket.first.length && html`
            <div class="mut">${t("held.more_lines", { n: basket.lines - basket.first.length })}</div>
          `}
          <div class="kv l">
            <span>${t("held.total", { n: basket.pieces })}</span>
            <b>${formatMinor(basket.total_minor, exponent)}</b>
          </div>
        </div>
      `}
      <div class="note info">
        <${Icon} name="clock" />
        <span>${t("held.prices")}</span>
      </div>
      <div class="note info">
        <${Icon} name="lock" />
        <span>${t("held.store")}</span>
      </div>
    </aside>
  `;
}

function useHeld() {
  const [held, setHeld] = useState(null);
  useEffect(() => {
    ask("held").then((answer) => setHeld(answer ? answer.held : []));
  }, [page.state.held_count]);
  return held;
}

/** The screen. */
export function Held() {
  const held = useHeld();
  const [at, setAt] = useState(0);
  const { exponent } = page.state.currency;
  const rows = held || [];
  const chosen = rows[Math.min(at, rows.length - 1)];
  const [keys] = useState(() => new Map());
  async function recall() {
    if (!chosen) return;
    if (!keys.has(chosen.id)) keys.set(chosen.id, newKey());
    const options = { key: keys.get(chosen.id), ask: { title: t("held.title") } };
    if (await actAhead("held/recall", { id: chosen.id }, options)) go("sale");
    else keys.delete(chosen.id);
  }
  const move = (step) => () => setAt((now) => Math.max(0, Math.min(rows.length - 1, now + step)));
  const commands = [
    { key: "Escape", cap: "Esc", label: t("key.back_to_sale"), run: () => go("sale") },
    { key: "ArrowUp", cap: "↑", label: t("key.line_up"), run: move(-1) },
    { key: "ArrowDown", cap: "↓", label: t("key.line_down"), run: move(1) },
    { key: "Ctrl+L", cap: "Ctrl L", label: t("key.lock"), run: lock },
    { key: "F1", cap: "F1", label: t("key.help"), run: () => openDialog("help") },
    { key: "Enter", keys: ["F9"], run: recall },
  ];
  useKeys(keysOf(commands));
  const blocked = chosen ? null : { kind: "wait", lines: [t("held.none")] };
  return html`
    <main class="page">
      <div class="ph">
        <h1>${t("held.title")}</h1>
        <span class="mut">${t("held.count", { n: rows.length })}</span>
      </div>
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th>${t("held.time")}</th>
              <th>${t("top.clerk")}</th>
              <th>${t("held.goods")}</th>
              <th></th>
              <th class="num">${t("column.amount")}</th>
            </tr>
          </thead>
          <tbody>
            ${rows.map((basket, n) => html`
              <${Row}
                key=${basket.id}
                basket=${basket}
                on=${basket === chosen}
                onChoose=${() => setAt(n)}
                exponent=${exponent}
              />
            `)}
          </tbody>
        </table>
        ${held && !rows.length && html`<div class="empty">${t("held.none_long")}</div>`}
      </div>
      <${Notice} />
    </main>
    <${Aside} basket=${chosen} exponent=${exponent} />
    <footer class="bar">
      <${KeyBar} commands=${commands} few=${true} />
      <${Primary}
        wide=${true}
        label=${chosen ? t("held.take", { time: clockOf(chosen.time) }) : ""}
        cap="Enter"
        onPress=${recall}
        blocked=${blocked}
      />
    </footer>
  `;
}
