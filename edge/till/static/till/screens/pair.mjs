/** An unknown browser: a one-use code from the store's node makes it a till. Nothing else is shown to it. */
import { html, useState, useRef } from "../ui.mjs";
import { set } from "../store.mjs";
import { t } from "../texts.mjs";
import { useKeys, holdKeys } from "../keys.mjs";
import { refresh } from "../flow.mjs";
import { post, NoAnswer } from "../api.mjs";
import { Languages } from "./more.mjs";
import { Field, Note, useHomeFocus } from "../parts/fields.mjs";
import { Primary } from "../parts/keybar.mjs";

const LETTERS = ["ABCDEFGH", "JKLMNPQRS", "TUVWXYZ", "23456789"].join("").split("");

/** A code as it was made: capitals and digits only. */
function clean(text) {
  return text.toUpperCase().replace(/[^A-Z0-9]/g, "").slice(0, 40);
}

/** The screen. */
export function Pair() {
  const [code, setCode] = useState(() => clean(location.hash.slice(1)));
  const [error, setError] = useState("");
  const sending = useRef(false);
  useHomeFocus("pair-code");
  async function send() {
    let done = true;
    try {
      await post("pair", { code, label: navigator.userAgent.slice(0, 60) });
      set({ paired: true, ready: false });
      await refresh();
    } catch (failure) {
      setError(failure instanceof NoAnswer ? t("error.no_answer") : failure.message);
      setCode("");
      done = null;
    }
    sending.current = false;
    return done;
  }
  function pair() {
    if (sending.current || code.length < 6) return;
    sending.current = true;
    holdKeys(send);
  }
  useKeys({ Enter: pair, F9: pair }, { onScan: ({ code: scanned }) => setCode(clean(scanned)) });
  const type = (text) => setCode(clean(text));
  return html`
    <main class="page">
      <div class="ph"><h1>${t("pair.title")}</h1></div>
      <div class="scroll pad16">
        <p>${t("pair.how")}</p>
        <${Field}
          id="pair-code"
          label=${t("pair.code")}
          value=${code}
          big=${true}
          limit=${40}
          autofocus=${true}
          error=${error}
          hint=${t("pair.hint")}
          onText=${type}
        />
        <${Note} icon="lock">${t("pair.note")}<//>
        ${location.protocol === "https:" && html`
          <p><a id="pair-trust" href="/pair/trust">${t("pair.trust")}</a></p>
        `}
      </div>
    </main>
    <aside class="aside">
      <div class="letters">
        ${LETTERS.map((letter) => html`
          <button type="button" key=${letter} onClick=${() => type(code + letter)}>${letter}</button>
        `)}
        <button type="button" class="two" onClick=${() => setCode("")}>${t("pad.clear")}</button>
      </div>
    </aside>
    <footer class="bar">
      <${Languages} />
      <${Primary}
        wide=${true}
        label=${t("pair.do")}
        cap="Enter"
        onPress=${pair}
        blocked=${code.length < 6 ? { kind: "wait", lines: [t("pair.need_code")] } : null}
      />
    </footer>
  `;
}
