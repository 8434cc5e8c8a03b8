/** Light or dark: the terminal's own choice, else what the system prefers. */

const SHELF = "lianpu.theme";
const dark = window.matchMedia("(prefers-color-scheme: dark)");

/** "light" | "dark" | "system". */
export function themeChoice() {
  return localStorage.getItem(SHELF) || "system";
}

/** Choose and wear a theme. */
export function chooseTheme(choice) {
  if (choice === "system") localStorage.removeItem(SHELF);
  else localStorage.setItem(SHELF, choice);
  wearTheme();
}

/** Put the chosen theme on the page. */
export function wearTheme() {
  const choice = themeChoice();
  const chosen = choice === "system" ? (dark.matches ? "dark" : "light") : choice;
  document.documentElement.dataset.theme = chosen;
}

dark.addEventListener("change", wearTheme);
