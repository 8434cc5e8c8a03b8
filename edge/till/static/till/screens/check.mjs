/** Price check: a scan or a code shows price, pack and stock, and adds nothing. */
import { html, useState } from "../ui.mjs";
import { page } from "../store.mjs";
import { t, pick, languageOf } from "../texts.mjs";
import { formatMinor, formatQuantity } from "../money.mjs";
import { closeDialog, ask } from "../flow.mjs";
import { play } from "../sounds.mjs";
import { addProduct } from "../verbs.mjs";
import { Dialog } from "../parts/dialog.mjs";
import { unitName } from "../parts/rows.mjs";
import { Notice } from "../parts/notice.mjs";

function Card({ product, exponent, onAdd }) {
  return html`
    <div class="card check">
      <div class="nm big" lang=${languageOf(product.name)}>
        ${pick(product.name)} <span class="sp">${pick(product.spec)}</span>
      </div>
      <div class="price">
        ${product.price_minor === null ? t("quick.no_price") : formatMinor(product.price_minor, exponent)}
        ${product.weighed ? html`<small>/${unitName(product.unit)}</small>` : ""}
      </div>
      <div class="kv">
        <span class="mut">${product.code || product.sku}</span>
        ${product.stock !== null && product.stock !== undefined && html`
          <span>${t("check.stock", { n: formatQuantity(product.stock) })}</span>
        `}
        <button type="button" class="btn" data-add=${product.sku} onClick=${onAdd}>${t("check.add")}</button>
      </div>
    </div>
  `;
}

/** The dialog. */
export function PriceCheck({ id }) {
  const [text, setText] = useState("");
  const [shown, setShown] = useState(null);
  async function look(code) {
    const answer = await ask("price-check?code=" + encodeURIComponent(code));
    if (!answer) return;
    setShown({ code, results: answer.results });
    if (!answer.results.length) play("error");
  }
  const enter = () => {
    if (text.trim()) look(text.trim());
    setText("");
  };
  const add = (product) => {
    closeDialog(id);
    addProduct(product);
  };
  const primary = { label: t("check.look"), run: enter };
  return html`
    <${Dialog}
      id="check"
      title=${t("check.title")}
      icon="search"
      note=${t("check.note")}
      primary=${primary}
      onClose=${() => closeDialog(id)}
      onScan=${({ code }) => look(code)}
      keys=${{ Insert: () => shown && shown.results.length === 1 && add(shown.results[0]) }}
    >
      <input
        id="check-box"
        class="searchbox"
        data-autofocus=""
        value=${text}
        maxlength="128"
        autocomplete="off"
        aria-label=${t("check.title")}
        placeholder=${t("check.hint")}
        onInput=${(event) => setText(event.target.value)}
      />
      <div class="hits" aria-live="polite">
        ${shown && shown.results.map((product) => html`
          <${Card}
            key=${product.sku}
            product=${product}
            exponent=${page.state.currency.exponent}
            onAdd=${() => add(product)}
          />
        `)}
        ${shown && !shown.results.length && html`
          <p class="err" role="alert">${t("check.none", { code: shown.code })}</p>
        `}
        ${!shown && html`<p class="mut">${t("check.start")}</p>`}
      </div>
      <${Notice} />
    <//>
  `;
}
