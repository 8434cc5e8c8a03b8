/** Line icons on a 24 grid. An icon never stands alone: words are always beside it. */
import { html } from "../ui.mjs";

const PATHS = {
  offline:
    "M2 8.8a16 16 0 0 1 5-3M10.6 5.1A16 16 0 0 1 22 8.8M5 12.5a11 11 0 0 1 5-2.7M14.5 10.1a11 11 0 0 1 4.5 2.4" +
    "M8.5 16a6 6 0 0 1 7 0M12 20h.01M3 3l18 18",
  ok: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M8.5 12l2.5 2.5 4.5-5",
  up: "M12 19V5M6 11l6-6 6 6",
  down: "M12 5v14M6 13l6 6 6-6",
  clock: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M12 7v5l3.5 2",
  printer: "M7 9V3h10v6M7 17H4v-8h16v8h-3M7 14h10v7H7z",
  alert: "M8 2.5h8L21.5 8v8L16 21.5H8L2.5 16V8zM12 7.5v5M12 16.3h.01",
  warn: "M12 3.5 2.5 20.5h19zM12 10v5M12 17.8h.01",
  lock: "M5 11h14v10H5zM8 11V7a4 4 0 0 1 8 0v4",
  scan: "M3 7V4h3M18 4h3v3M21 17v3h-3M6 20H3v-3M7 8v8M10 8v8M13 8v8M17 8v8",
  back: "M21 5H9l-7 7 7 7h12zM17 9.5l-5 5M12 9.5l5 5",
  close: "M6 6l12 12M18 6 6 18",
  percent: "M5 19 19 5M7 5a2 2 0 1 0 0 4 2 2 0 0 0 0-4M17 15a2 2 0 1 0 0 4 2 2 0 0 0 0-4",
  scale: "M4 20h16l-2-9H6zM8 11V7h8v4M9 15h6",
  edit: "M4 20l1-5L16 4l4 4L9 19z",
  radio: "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16",
  search: "M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13M15.5 15.5 21 21",
  cash: "M2 6h20v12H2zM12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6M6 9.5v5M18 9.5v5",
  card: "M2 5h20v14H2zM2 10h20M6 15h4",
  person: "M12 3a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9M4 21c0-4 3.5-6.5 8-6.5s8 2.5 8 6.5",
  copy: "M8 8h12v12H8zM16 8V4H4v12h4",
  return: "M9 14 4 9l5-5M4 9h10a6 6 0 0 1 0 12h-3",
  help: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M9.5 9.5a2.5 2.5 0 1 1 3.5 2.3c-.7.3-1 .8-1 1.7M12 17h.01",
  box: "M3 7.5 12 3l9 4.5v9L12 21l-9-4.5zM3 7.5l9 4.5 9-4.5M12 12v9",
  drawer: "M3 14h18v6H3zM5 14l2-9h10l2 9M10 17h4",
  wait: "M12 3v4M12 17v4M3 12h4M17 12h4M5.6 5.6l2.9 2.9M15.5 15.5l2.9 2.9M5.6 18.4l2.9-2.9M15.5 8.5l2.9-2.9",
};

/** One icon by name. */
export function Icon({ name }) {
  return html`
    <svg viewBox="0 0 24 24" aria-hidden="true"><path d=${PATHS[name]} /></svg>
  `;
}
