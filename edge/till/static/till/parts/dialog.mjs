/**
 * A dialog over the screen: asks on the left, keypad or proof on the right, refuse left, go on right. The basket
 * stays visible behind it. Focus goes in, stays in, and comes back; a scan still reaches the basket.
 */
import { html, useLayoutEffect, useRef } from "../ui.mjs";
import { t } from "../texts.mjs";
import { useKeys } from "../keys.mjs";
import { Icon } from "./icons.mjs";

const FOCUSABLE = "input:not([disabled]), textarea, button:not([disabled]), [tabindex='0']";

function useFocusInside(box) {
  useLayoutEffect(() => {
    const before = document.activeElement;
    const wanted = box.current.querySelector("[data-autofocus]") || box.current.querySelector("input, textarea");
    const start = wanted || box.current;
    start.focus({ preventScroll: true });
    return () => {
      if (before && before.isConnected && before.focus) before.focus({ preventScroll: true });
    };
  }, []);
}

function keepFocus(event, box) {
  const all = [...box.current.querySelectorAll(FOCUSABLE)];
  if (!all.length) return;
  const first = all[0];
  const last = all[all.length - 1];
  const inside = box.current.contains(document.activeElement);
  if (event.shiftKey && (document.activeElement === first || !inside)) last.focus();
  else if (!event.shiftKey && (document.activeElement === last || !inside)) first.focus();
  else return;
  event.preventDefault();
}

/**
 * `primary` = {label, cap, run, blocked?: words}; `keys` are further keys; `aside` is the right side.
 */
export function Dialog({
  id,
  title,
  icon,
  note,
  children,
  aside,
  primary,
  cancel,
  extra,
  onClose,
  keys = {},
  onScan = null,
  small = false,
}) {
  const box = useRef(null);
  useFocusInside(box);
  const run = () => primary && !primary.blocked && primary.run();
  const own = primary ? { Enter: run, [primary.key || "F9"]: run } : {};
  useKeys({ ...own, Escape: onClose, ...keys }, { modal: true, onScan });
  return html`
    <div class="scrim">
      <div
        class=${`dlg${aside ? "" : " one"}${small ? " small" : ""}`}
        role="dialog"
        aria-modal="true"
        aria-label=${title}
        ref=${box}
        tabindex="-1"
        id=${id}
        onKeyDown=${(event) => event.key === "Tab" && keepFocus(event, box)}
      >
        <header>
          ${icon && html`<${Icon} name=${icon} />`}
          <h1>${title}</h1>
          <span class="sp"></span>
          ${note && html`<span class="mut">${note}</span>`}
        </header>
        <div class="bd">
          <div class="l">${children}</div>
          ${aside && html`<div class="r">${aside}</div>`}
        </div>
        <footer>
          <button type="button" class="btn" id="dialog-cancel" onClick=${onClose}>
            ${cancel || t("dialog.back")} <kbd>Esc</kbd>
          </button>
          ${extra}
          <span class="sp"></span>
          ${primary && primary.blocked && html`<span class="mut sm">${primary.blocked}</span>`}
          ${primary && html`
            <button
              type="button"
              id="dialog-primary"
              class=${"btn " + (primary.blocked ? "dis" : "p")}
              aria-disabled=${Boolean(primary.blocked)}
              onClick=${run}
            >
              ${primary.label} <kbd>${primary.cap || "Enter"}</kbd>
            </button>
          `}
        </footer>
      </div>
    </div>
  `;
}
