/**
 * Find a product by name, pinyin initials, number or part of a code. Enter takes the first (or the chosen) one.
 * `purpose`: "sell" adds it; "resolve" and "pick" answer it to the caller.
 */
import { html, useState, useEffect, useRef, useNewest } from "../ui.mjs";
import { page } from "../store.mjs";
import { t, pick, languageOf } from "../texts.mjs";
import { formatMinor } from "../money.mjs";
import { closeDialog } from "../flow.mjs";
import { getJson } from "../api.mjs";
import { addProduct } from "../verbs.mjs";
import { Dialog } from "../parts/dialog.mjs";
import { unitName } from "../parts/rows.mjs";

const WAIT_MS = 60;
const SHOWN = 8;

/** Results for a text, the newest question winning. */
export function useResults(path, query) {
  const [found, setFound] = useState({ query: "", results: [], failed: false });
  const begin = useNewest();
  useEffect(() => {
    const text = query.trim();
    const newest = begin();
    if (!text) {
      setFound({ query: "", results: [], failed: false });
      return undefined;
    }
    const timer = setTimeout(async () => {
      try {
        const answer = await getJson(path + encodeURIComponent(text));
        if (newest()) setFound({ query: text, results: answer.results, failed: false });
      } catch {
        if (newest()) setFound({ query: text, results: [], failed: true });
      }
    }, WAIT_MS);
    return () => clearTimeout(timer);
  }, [query]);
  return found;
}

function Result({ product, on, number, onPick, exponent }) {
  return html`
    <button
      type="button"
      role="option"
      aria-selected=${on}
      class=${"hit" + (on ? " on" : "")}
      data-sku=${product.sku}
      onClick=${onPick}
    >
      <span class="nm">
        <span class="cut" lang=${languageOf(product.name)}>${pick(product.name)}</span>
        ${product.spec && html`<span class="sp">${pick(product.spec)}</span>`}
      </span>
      <span class="mut sm">${product.code || product.sku}</span>
      <b class="num">
        ${product.price_minor === null ? t("quick.no_price") : formatMinor(product.price_minor, exponent)}
        ${product.weighed ? "/" + unitName(product.unit) : ""}
      </b>
    </button>
  `;
}

/** The dialog. */
export function Search({ id, props }) {
  const [query, setQuery] = useState(props.query || "");
  const [at, setAt] = useState(0);
  const found = useResults("search?q=", query);
  const hits = found.results.slice(0, SHOWN);
  const wanted = useRef(false);
  const choose = (product) => {
    closeDialog(id, product);
    if (props.purpose === "sell") addProduct(product);
  };
  const enter = () => {
    if (found.query === query.trim() && hits.length) choose(hits[Math.min(at, hits.length - 1)]);
    else wanted.current = Boolean(query.trim());
  };
  useEffect(() => {
    if (!wanted.current || found.query !== query.trim()) return;
    wanted.current = false;
    if (hits.length) choose(hits[0]);
  }, [found]);
  const move = (step) => () => setAt((now) => Math.max(0, Math.min(hits.length - 1, now + step)));
  const title = props.purpose === "resolve" ? t("search.title_resolve", { code: props.code }) : t("search.title");
  const primary = {
    label: t(props.purpose === "sell" ? "search.add" : "search.take"),
    run: enter,
    blocked: hits.length ? "" : t("search.type"),
  };
  return html`
    <${Dialog}
      id="search"
      title=${title}
      icon="search"
      note=${t("search.note")}
      primary=${primary}
      onClose=${() => closeDialog(id)}
      keys=${{ Enter: enter, ArrowUp: move(-1), ArrowDown: move(1) }}
    >
      <input
        id="search-box"
        class="searchbox"
        data-autofocus=""
        value=${query}
        maxlength="60"
        autocomplete="off"
        spellcheck="false"
        aria-label=${title}
        placeholder=${t("search.hint")}
        onInput=${(event) => { setQuery(event.target.value); setAt(0); }}
      />
      <div class="hits" role="listbox" aria-live="polite">
        ${hits.map((product, n) => html`
          <${Result}
            key=${product.sku}
            product=${product}
            on=${n === at}
            onPick=${() => choose(product)}
            exponent=${page.state.currency.exponent}
          />
        `)}
        ${found.query && !hits.length && html`
          <p class="mut">${t(found.failed ? "error.no_answer" : "search.none", { query: found.query })}</p>
        `}
      </div>
    <//>
  `;
}
