/** Quick keys: pages of tiles for goods without a barcode. A tile never keeps the focus. */
import { html, memo, useState } from "../ui.mjs";
import { pick, languageOf, t } from "../texts.mjs";
import { formatMinor } from "../money.mjs";
import { addProduct } from "../verbs.mjs";
import { unitName } from "./rows.mjs";

/** Tabs and tiles. */
export const QuickKeys = memo(function QuickKeys({ pages, exponent }) {
  const [shown, setShown] = useState(0);
  if (!pages.length) {
    return html`
      <div class="tabs"></div>
      <div class="tiles none"><span class="mut">${t("quick.none")}</span></div>
    `;
  }
  const current = pages[Math.min(shown, pages.length - 1)];
  return html`
    <div class="tabs" role="tablist">
      ${pages.map((entry, n) => html`
        <button
          type="button"
          role="tab"
          key=${entry.page}
          aria-selected=${n === shown}
          class=${n === shown ? "on" : ""}
          lang=${languageOf(entry.name)}
          onClick=${() => setShown(n)}
        >
          ${pick(entry.name)}
        </button>
      `)}
    </div>
    <div class="tiles">
      ${current.keys.map((tile) => html`
        <button type="button" class="tile" key=${tile.sku} data-sku=${tile.sku} onClick=${() => addProduct(tile)}>
          <span lang=${languageOf(tile.name)}>${pick(tile.name)}</span>
          <em>
            ${tile.price_minor === null ? t("quick.no_price") : formatMinor(tile.price_minor, exponent)}
            ${tile.weighed ? "/" + unitName(tile.unit) : tile.spec ? " · " + pick(tile.spec) : ""}
          </em>
        </button>
      `)}
    </div>
  `;
});
