/** What is not needed during a sale: shift, goods, languages, theme, sound; and the report of a shift. */
import { html, useState } from "../ui.mjs";
import { page, set } from "../store.mjs";
import { t, chooseLanguage, language, LANGUAGES, useLanguage } from "../texts.mjs";
import { formatMinor } from "../money.mjs";
import { act, closeDialog, go, notify, openDialog } from "../flow.mjs";
import { NoAnswer } from "../api.mjs";
import { chooseTheme, themeChoice } from "../theme.mjs";
import { play, setSound, soundSettings } from "../sounds.mjs";
import { lock, mayAsk } from "../verbs.mjs";
import { byPerson } from "../keys.mjs";
import { Dialog } from "../parts/dialog.mjs";
import { Icon } from "../parts/icons.mjs";

async function xReport() {
  const answer = await act("shift/x", {}, { ask: { title: t("more.x") } });
  if (answer) openDialog("report", { report: answer.report, title: t("report.x") });
}

/** Wear another language; signed in, it becomes the person's own, else it stays until somebody signs in. */
export async function speak(code) {
  const { state } = page;
  if (state && state.staff && !state.locked) {
    await act("language", { language: code });
    return;
  }
  chooseLanguage(code);
  try {
    await useLanguage(code);
    set({ textsVersion: page.textsVersion + 1 });
  } catch (failure) {
    notify("bad", failure instanceof NoAnswer ? t("error.no_answer") : failure.message);
  }
}

/** The languages as wide keys, for the screens before anybody is signed in. */
export function Languages() {
  return html`
    <nav class="keys few languages">
      ${LANGUAGES.map(([code, name]) => html`
        <button
          type="button"
          key=${code}
          lang=${code}
          data-language=${code}
          aria-pressed=${code === language()}
          class=${code === language() ? "on" : ""}
          onClick=${() => speak(code)}
        >
          <span>${name}</span>
        </button>
      `)}
    </nav>
  `;
}

function entries() {
  const rows = [
    ["close", "cash", t("more.close_shift"), () => go("count")],
    ["cash", "drawer", t("more.cash"), () => openDialog("cash")],
    ["x", "percent", t("more.x"), xReport],
    ["receive", "box", t("more.receive"), () => go("goods", { mode: "receive" }), "stock.receive"],
    ["write_off", "alert", t("more.write_off"), () => go("goods", { mode: "write_off" }), "stock.write_off"],
    ["printer", "printer", t("more.printer"), () => openDialog("printer")],
    ["help", "help", t("key.help"), () => openDialog("help")],
    ["lock", "lock", t("key.lock"), lock],
  ];
  return rows.filter((row) => !row[4] || mayAsk(row[4])).map((row, n) => [String(n + 1), ...row]);
}

function Choices({ title, options, value, onPick }) {
  return html`
    <div>
      <div class="sm mut">${title}</div>
      <div class=${options.length > 3 ? "opt four" : "opt three"}>
        ${options.map(([code, name]) => html`
          <button
            type="button"
            key=${code}
            data-choice=${code}
            aria-pressed=${code === value}
            lang=${LANGUAGES.some(([known]) => known === code) ? code : null}
            class=${code === value ? "on" : ""}
            onClick=${() => onPick(code)}
          >
            ${name}
          </button>
        `)}
      </div>
    </div>
  `;
}

function Sound() {
  const [sound, setShown] = useState(soundSettings());
  const change = (patch) => {
    setSound(patch);
    setShown(soundSettings());
    play("attention");
  };
  const volumes = [["0", t("sound.off")], ["3", t("sound.low")], ["6", t("sound.middle")], ["10", t("sound.loud")]];
  return html`
    <${Choices}
      title=${t("sound.volume")}
      options=${volumes}
      value=${String(sound.volume)}
      onPick=${(volume) => change({ volume: Number(volume) })}
    />
    <div class="opt">
      <button
        type="button"
        aria-pressed=${sound.ok}
        class=${sound.ok ? "on" : ""}
        onClick=${() => change({ ok: !sound.ok })}
      >
        ${t("sound.ok")}
      </button>
      <button type="button" onClick=${() => play("error")}>${t("sound.test")}</button>
    </div>
  `;
}

/** The menu. */
export function More({ id }) {
  const [theme, setTheme] = useState(themeChoice());
  const rows = entries();
  const run = (action) => () => {
    closeDialog(id);
    action();
  };
  const keys = {};
  for (const [digit, , , , action] of rows) keys[digit] = byPerson(run(action));
  const themes = [["light", t("theme.light")], ["dark", t("theme.dark")], ["system", t("theme.system")]];
  const wear = (choice) => {
    chooseTheme(choice);
    setTheme(choice);
  };
  const aside = html`
    <${Choices} title=${t("more.language")} options=${LANGUAGES} value=${language()} onPick=${speak} />
    <${Choices} title=${t("more.theme")} options=${themes} value=${theme} onPick=${wear} />
    <${Sound} />
  `;
  return html`
    <${Dialog}
      id="more"
      title=${t("more.title")}
      icon="person"
      note=${page.state.day}
      aside=${aside}
      keys=${keys}
      onClose=${() => closeDialog(id)}
    >
      <div class="menu">
        ${rows.map(([digit, name, icon, label, action]) => html`
          <button type="button" key=${name} id=${"menu-" + name} onClick=${run(action)}>
            <kbd>${digit}</kbd>
            <${Icon} name=${icon} />
            <span>${label}</span>
          </button>
        `)}
      </div>
    <//>
  `;
}

const COUNTS = ["sales", "returns", "no_sale_openings", "aborted_baskets", "first_number", "last_number", "z_number"];
const ORDER = [
  "sales", "sales_minor", "returns", "returns_minor", "rounding_minor", "tenders", "taxes", "float_minor",
  "cash_in_minor", "cash_out_minor", "expected_minor", "counted_minor", "difference_minor", "no_sale_openings",
  "aborted_baskets", "first_number", "last_number", "z_number",
];

/** A report as rows of words and figures, in the order in which they add up. */
export function reportRows(report, exponent) {
  const rows = [];
  const money = (minor) => formatMinor(minor, exponent);
  for (const name of ORDER) {
    const value = report[name];
    if (value === null || value === undefined) continue;
    if (name === "tenders") {
      for (const [kind, minor] of Object.entries(value)) rows.push([t("tender." + kind), money(minor)]);
    } else if (name === "taxes") {
      for (const [code, minor] of Object.entries(value)) rows.push([t("report.tax", { code }), money(minor)]);
    } else {
      rows.push([t("report." + name), COUNTS.includes(name) ? String(value) : money(value)]);
    }
  }
  return rows;
}

/** X or Z on the screen. */
export function Report({ id, props }) {
  const { report, title } = props;
  const { exponent } = page.state.currency;
  return html`
    <${Dialog}
      id="report"
      small=${true}
      title=${title}
      icon="ok"
      onClose=${() => closeDialog(id, true)}
      primary=${{ label: t("dialog.close"), run: () => closeDialog(id, true) }}
    >
      <div class="figures">
        ${reportRows(report, exponent).map(([word, value]) => html`
          <div class="kv" key=${word}>
            <span>${word}</span>
            <b>${value}</b>
          </div>
        `)}
      </div>
    <//>
  `;
}
