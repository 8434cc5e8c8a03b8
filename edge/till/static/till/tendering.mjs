/**
 * The figures of a tender as whole numbers: what is due by each method, what the typed amount would do. The node
 * settles for good; this only shows beforehand what it will say.
 */
import { roundToStep } from "./money.mjs";
import { newKey } from "./api.mjs";
import { t } from "./texts.mjs";

const APPROVAL_MAX = 12;
const keys = new Map();

/** The one key with which a basket may be finished, kept over a reload of the tab. */
export function finishKey(basketId) {
  const shelf = "lianpu.finish." + basketId;
  if (!keys.has(basketId)) {
    const kept = sessionStorage.getItem(shelf) || newKey();
    keys.clear();
    keys.set(basketId, kept);
    for (const name of Object.keys(sessionStorage)) {
      if (name.startsWith("lianpu.finish.")) sessionStorage.removeItem(name);
    }
    sessionStorage.setItem(shelf, kept);
  }
  return keys.get(basketId);
}

/** After a refusal that changed nothing the next attempt is another wish. */
export function forgetFinishKey(basketId) {
  keys.delete(basketId);
  sessionStorage.removeItem("lianpu.finish." + basketId);
}

function sum(tenders, kind) {
  return tenders.filter((tender) => tender.kind === kind).reduce((all, tender) => all + tender.given_minor, 0);
}

/** What is wrong with a typed approval code; "" for none. It is never cut: twelve digits of a card are a leak too. */
export function approvalProblem(text) {
  if (text.length > APPROVAL_MAX) return t("tender.approval_long");
  return /^[0-9A-Za-z]*$/.test(text) ? "" : t("tender.approval_signs");
}

/**
 * Figures for the method in hand: `left` to pay with it, `rounding` if cash takes part, `given` (typed, or the
 * rest when nothing is typed), `change`, and what Enter would do: "finish" | "add" | "too_much".
 */
export function figures({ basket, cashStep, method, typed }) {
  const { tenders, totals } = basket;
  const cards = sum(tenders, "card");
  const cashGiven = sum(tenders, "cash");
  const rest = totals.total_minor - cards;
  const cashIn = method === "cash" ? rest !== 0 : cashGiven > 0;
  const due = cashIn && (method === "cash" || cashGiven) ? roundToStep(rest, cashStep) : rest;
  const left = method === "cash" ? Math.max(0, due - cashGiven) : Math.max(0, rest - cashGiven);
  const given = typed === null ? left : typed;
  const over = given - left;
  const paid = cards + Math.min(cashGiven, due);
  let verb = given >= left ? "finish" : "add";
  if (method === "card" && over > 0) verb = "too_much";
  return {
    payable: totals.total_minor + (due - rest), rounding: due - rest, paid, left, given, verb,
    change: method === "cash" ? Math.max(0, over) : 0,
  };
}
