/** F1: every key of the till and the steps of a day on one page. */
import { html } from "../ui.mjs";
import { t } from "../texts.mjs";
import { closeDialog } from "../flow.mjs";
import { saleCommands } from "./sale.mjs";
import { Dialog } from "../parts/dialog.mjs";

const SALE_MORE = [
  ["help.scan", "help.scan_does"],
  ["N *", "help.times"],
  ["↑ ↓ PgUp PgDn", "help.choose_line"],
  ["+ −", "help.step"],
  ["F9", "help.pay"],
  ["Alt 8", "more.printer"],
  ["Esc", "help.esc"],
];
const DAY = [1, 2, 3, 4, 5, 6, 7];
const TENDER = [
  ["Enter / F9", "help.finish"],
  ["Alt 1 / Alt 3", "help.method"],
  ["F1–F4", "help.plus"],
  ["F5", "key.split"],
  ["F6", "key.remove_tender"],
  ["Esc", "help.back_kept"],
  ["F10", "key.drawer"],
  ["Ins", "key.receipts"],
];
const DIALOG = [
  ["Enter", "help.go_on"],
  ["Esc", "help.refuse"],
  ["Alt 1…9", "help.reasons"],
  ["Tab", "help.tab"],
];

function List({ title, rows }) {
  return html`
    <div>
      <h2>${title}</h2>
      <dl class="keylist">
        ${rows.map(([cap, key]) => html`
          <div key=${cap}>
            <dt><kbd>${cap.startsWith("help.") ? t(cap) : cap}</kbd></dt>
            <dd>${t(key)}</dd>
          </div>
        `)}
      </dl>
    </div>
  `;
}

/** The page. */
export function Help({ id }) {
  const sale = saleCommands().map((command) => [command.cap, command.label]);
  return html`
    <${Dialog}
      id="help"
      title=${t("help.title")}
      icon="help"
      onClose=${() => closeDialog(id)}
      primary=${{ label: t("dialog.close"), run: () => closeDialog(id), key: "F1" }}
    >
      <div class="helpgrid">
        <div>
          <h2>${t("help.sale")}</h2>
          <dl class="keylist">
            ${sale.map(([cap, label]) => html`
              <div key=${cap}>
                <dt><kbd>${cap}</kbd></dt>
                <dd>${label}</dd>
              </div>
            `)}
          </dl>
        </div>
        <${List} title=${t("help.basket")} rows=${SALE_MORE} />
        <div>
          <${List} title=${t("help.tender")} rows=${TENDER} />
          <${List} title=${t("help.dialogs")} rows=${DIALOG} />
        </div>
      </div>
      <h2>${t("help.day")}</h2>
      <ol class="helpday">${DAY.map((n) => html`<li key=${n}>${t("help.day." + n)}</li>`)}</ol>
    <//>
  `;
}
