/** Two questions about lines: which of several products with one code, and what to do about switched prices. */
import { html, useState } from "../ui.mjs";
import { page } from "../store.mjs";
import { t, pick, languageOf } from "../texts.mjs";
import { formatMinor } from "../money.mjs";
import { closeDialog, act } from "../flow.mjs";
import { byPerson } from "../keys.mjs";
import { actWeighed } from "../verbs.mjs";
import { Dialog } from "../parts/dialog.mjs";
import { Note } from "../parts/fields.mjs";

/** One code, several products: digits choose. */
export function Choose({ id, props }) {
  const { line } = props;
  const [at, setAt] = useState(0);
  const take = (choice) => {
    closeDialog(id, choice);
    actWeighed("basket/choose", { line: line.id, sku: choice.sku }, { name: choice.name });
  };
  const keys = {
    ArrowUp: () => setAt(Math.max(0, at - 1)),
    ArrowDown: () => setAt(Math.min(line.choices.length - 1, at + 1)),
    Delete: () => {
      closeDialog(id);
      act("basket/remove", { line: line.id });
    },
  };
  line.choices.slice(0, 9).forEach((choice, n) => {
    keys[String(n + 1)] = byPerson(() => take(choice));
  });
  return html`
    <${Dialog}
      id="choose"
      title=${t("choose.title", { n: line.choices.length })}
      icon="help"
      note=${line.code}
      keys=${keys}
      onClose=${() => closeDialog(id)}
      primary=${{ label: t("choose.take"), run: () => take(line.choices[at]) }}
    >
      <div class="hits" role="listbox">
        ${line.choices.map((choice, n) => html`
          <button
            type="button"
            role="option"
            key=${choice.sku}
            data-sku=${choice.sku}
            aria-selected=${n === at}
            class=${"hit" + (n === at ? " on" : "")}
            onClick=${() => take(choice)}
          >
            <span class="nm">
              <kbd>${n + 1}</kbd> <span class="cut" lang=${languageOf(choice.name)}>${pick(choice.name)}</span>
              <span class="sp">${pick(choice.spec)}</span>
            </span>
            <span class="mut sm">${choice.sku}</span>
            <b class="num">${formatMinor(choice.price_minor, page.state.currency.exponent)}</b>
          </button>
        `)}
      </div>
    <//>
  `;
}

/** A price switched while the basket was open: both are shown, the person decides. */
export function Prices({ id }) {
  const { basket, currency } = page.state;
  const money = (minor) => formatMinor(minor, currency.exponent);
  const lineOf = (change) => basket.lines.find((line) => line.id === change.line);
  const answer = async (keep) => {
    const done = await act("basket/accept-prices", keep ? { keep: true } : {}, { ask: { title: t("prices.keep") } });
    closeDialog(id, Boolean(done));
  };
  const extra = html`
    <button type="button" class="btn" id="prices-keep" onClick=${() => answer(true)}>
      ${t("prices.keep")} <kbd>F8</kbd>
    </button>
  `;
  return html`
    <${Dialog}
      id="prices"
      title=${t("prices.title", { n: basket.price_changes.length })}
      icon="warn"
      extra=${extra}
      keys=${{ F8: () => answer(true) }}
      primary=${{ label: t("prices.take"), run: () => answer(false) }}
      onClose=${() => closeDialog(id)}
    >
      <${Note} kind="warn" icon="clock">${t("prices.note")}<//>
      <table class="slim">
        <thead>
          <tr>
            <th>${t("column.item")}</th>
            <th class="num">${t("prices.old")}</th>
            <th class="num">${t("prices.new")}</th>
          </tr>
        </thead>
        <tbody>
          ${basket.price_changes.map((change) => html`
            <tr key=${change.line}>
              <td>${lineOf(change) ? pick(lineOf(change).name) : change.sku}</td>
              <td class="num">${money(change.old_minor)}</td>
              <td class="num"><b>${money(change.new_minor)}</b></td>
            </tr>
          `)}
        </tbody>
      </table>
    <//>
  `;
}
