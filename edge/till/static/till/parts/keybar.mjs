/**
 * Commands of a screen, once: the same list makes the buttons at the bottom, the key map and the help page.
 * A command is {key, cap, label, run, badge?, shown?}; `keys` lists further names of the same key.
 */
import { html } from "../ui.mjs";

const LONG = 7;

/** The commands as a key map for `useKeys`. */
export function keysOf(commands) {
  const map = {};
  for (const command of commands) {
    for (const name of [command.key, ...(command.keys || [])]) map[name] = command.run;
  }
  return map;
}

/** The buttons; `few` makes them wide. */
export function KeyBar({ commands, few = false }) {
  const shown = commands.filter((command) => command.label);
  return html`
    <nav class=${few ? "keys few" : "keys"}>
      ${shown.map((command) => html`
        <button
          type="button"
          key=${command.key}
          id=${"key-" + command.key.replace("+", "-")}
          class=${command.wide ? "wide-only" : ""}
          data-key=${command.key}
          onClick=${command.run}
        >
          <kbd>${command.cap}</kbd>
          <span>
            ${command.label}
            ${command.badge ? html`<b class="n">${command.badge}</b>` : null}
          </span>
        </button>
      `)}
    </nav>
  `;
}

/** The one primary button at the bottom right. `blocked` = {kind: "bad"|"wait", lines: [...], lock?}. */
export function Primary({ label, cap, note, onPress, blocked = null, id = "primary", wide = false }) {
  if (blocked) {
    return html`
      <button
        type="button"
        id=${id}
        class=${"pay off " + blocked.kind + (wide ? " wide" : "")}
        onClick=${onPress}
        aria-disabled="true"
      >
        ${blocked.lock !== false && html`
          <svg viewBox="0 0 24 24" aria-hidden="true"><path d="M5 11h14v10H5zM8 11V7a4 4 0 0 1 8 0v4" /></svg>
        `}
        ${blocked.lines.map((line) => html`<span>${line}</span>`)}
        <small>${cap}</small>
      </button>
    `;
  }
  const long = !wide && label.length > LONG ? " long" : "";
  return html`
    <button type="button" id=${id} class=${(wide ? "pay wide" : "pay") + long} onClick=${onPress}>
      <span>${label}</span>
      <kbd>${cap}</kbd>
      ${note && html`<em>${note}</em>`}
    </button>
  `;
}
