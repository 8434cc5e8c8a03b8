/** Fields that people fill: a labelled text, the dots of a PIN, a choice of reasons. */
import { html, useLayoutEffect, useRef } from "../ui.mjs";
import { t, pick, languageOf } from "../texts.mjs";
import { Icon } from "./icons.mjs";

/** A labelled text field; numbers keep the screen keyboard away, for they have a pad. */
export function Field({
  id,
  label,
  cap = "",
  value,
  onText,
  onFocus,
  numeric = false,
  big = false,
  autofocus = false,
  secret = false,
  limit = 60,
  hint = "",
  error = "",
  unit = "",
}) {
  return html`
    <label class=${"field" + (big ? " big" : "") + (error ? " wrong" : "")} for=${id}>
      <span>
        ${label}
        ${cap && html` <kbd>${cap}</kbd>`}
      </span>
      <span class="in">
        <input
          id=${id}
          type=${secret ? "password" : "text"}
          value=${value}
          maxlength=${limit}
          autocomplete="off"
          spellcheck="false"
          inputmode=${numeric ? "none" : "text"}
          data-autofocus=${autofocus ? "" : undefined}
          aria-invalid=${Boolean(error)}
          onInput=${(event) => onText(event.target.value)}
          onFocus=${onFocus}
        />
        ${unit && html`<em>${unit}</em>`}
      </span>
      ${(error || hint) && html`
        <small class=${error ? "err" : ""} role=${error ? "alert" : null}>${error || hint}</small>
      `}
    </label>
  `;
}

/** Six boxes for a PIN; the digits themselves are never shown. */
export function PinBoxes({ length, size = 6, active = true }) {
  return html`
    <div class="pin" role="img" aria-label=${t("pin.entered", { n: length, of: size })}>
      ${Array.from({ length: size }, (_, n) => html`
        <i class=${(n < length ? "f" : "") + (active && n === length ? " cur" : "")}></i>
      `)}
    </div>
  `;
}

/** Reasons as options; Alt+1… choose them too. */
export function Reasons({ reasons, value, onPick, label }) {
  return html`
    <div class="reasons">
      <div class="sm mut" id="reasons-label">${label || t("reason.label")}</div>
      <div class="opt" role="radiogroup" aria-labelledby="reasons-label">
        ${reasons.map((reason, n) => html`
          <button
            type="button"
            role="radio"
            key=${reason.code}
            data-reason=${reason.code}
            aria-checked=${value === reason.code}
            class=${value === reason.code ? "on" : ""}
            onClick=${() => onPick(reason.code)}
          >
            <${Icon} name=${value === reason.code ? "ok" : "radio"} />
            <span lang=${languageOf(reason.name)}>${pick(reason.name)}</span>
            <kbd>Alt ${n + 1}</kbd>
          </button>
        `)}
      </div>
    </div>
  `;
}

/** Keys Alt+1… for a list of reasons. */
export function reasonKeys(reasons, onPick) {
  const keys = {};
  reasons.slice(0, 9).forEach((reason, n) => {
    keys[`Alt+${n + 1}`] = () => onPick(reason.code);
  });
  return keys;
}

/** Keep the focus in a field of a screen while no dialog is open. */
export function useHomeFocus(id, on = true) {
  const wanted = useRef(on);
  wanted.current = on;
  useLayoutEffect(() => {
    const home = () => {
      const element = document.getElementById(id);
      if (wanted.current && element && (document.activeElement === document.body || !document.activeElement)) {
        element.focus({ preventScroll: true });
      }
    };
    home();
    const onKey = (event) => {
      if (event.key === "Tab") return;
      const typed = event.key.length === 1 && !event.ctrlKey && !event.altKey && !event.metaKey;
      const onButton = document.activeElement && document.activeElement.matches("button");
      if (typed && event.key !== " " && onButton && wanted.current && !event.defaultPrevented) {
        const element = document.getElementById(id);
        if (element) element.focus({ preventScroll: true });
      } else {
        home();
      }
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [id, on]);
}

/** Words in a box: kind "warn", "bad" or "info". */
export function Note({ kind = "info", icon = "help", children }) {
  return html`
    <div class=${"note " + kind}>
      <${Icon} name=${icon} />
      <span>${children}</span>
    </div>
  `;
}
