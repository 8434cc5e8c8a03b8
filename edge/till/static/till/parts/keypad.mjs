/**
 * Number pads for touch. They edit a text through `edit`, the same way as the keyboard would.
 */
import { html } from "../ui.mjs";
import { t } from "../texts.mjs";
import { Icon } from "./icons.mjs";

/** A text after one pad key: digits append, "back" takes one away, "clear" all. */
export function edit(text, key, limit = 24) {
  if (key === "back") return text.slice(0, -1);
  if (key === "clear") return "";
  if (key === "." && text.includes(".")) return text;
  return (text + key).slice(0, limit);
}

function label(key) {
  if (key === "back") return html`<${Icon} name="back" />`;
  if (key === "up" || key === "down") return html`<${Icon} name=${key} />`;
  if (key === "clear") return t("pad.clear");
  if (key === "times") return "\u00d7 N";
  if (key === "enter") return "Enter \u21b5";
  if (key === "-") return "\u2212";
  return key;
}

const NAMES = {
  back: "pad.back", up: "pad.up", down: "pad.down", times: "pad.times", "-": "pad.less", "+": "pad.plus",
};

/** A grid of keys; `rows` is a list of names, `wide` those two columns wide. */
export function Pad({ keys, onKey, className = "pad", wide = [] }) {
  const plain = (key) => /^[\d.]+$/.test(key);
  return html`
    <div class=${className}>
      ${keys.map((key) => html`
        <button
          type="button"
          key=${key}
          data-pad=${key}
          aria-label=${NAMES[key] ? t(NAMES[key]) : null}
          class=${(plain(key) ? "" : "fn") + (wide.includes(key) ? " two" : "")}
          onClick=${() => onKey(key)}
        >
          ${label(key)}
        </button>
      `)}
    </div>
  `;
}

export const SALE_PAD = [
  "7", "8", "9", "back", "times",
  "4", "5", "6", "-", "+",
  "1", "2", "3", "up", "down",
  "0", "00", ".", "enter",
];
export const AMOUNT_PAD = ["7", "8", "9", "back", "4", "5", "6", "clear", "1", "2", "3", ".", "0", "00"];
export const PIN_PAD = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "clear", "0", "back"];
export const COUNT_PAD = ["7", "8", "9", "back", "4", "5", "6", "clear", "1", "2", "3", "up", "0", "enter", "down"];
