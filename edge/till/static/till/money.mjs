/**
 * Money and quantities on the screen: whole numbers only, in minor units and thousandths.
 * Nothing is ever multiplied as a fraction; the node works out every amount that counts.
 */

const MINUS = "\u2212";

/** 123450 → "1,234.50"; a minus is the true minus sign. */
export function formatMinor(minor, exponent, grouping = true) {
  if (minor === null || minor === undefined) return "\u2014";
  const digits = String(Math.abs(minor)).padStart(exponent + 1, "0");
  const whole = digits.slice(0, digits.length - exponent);
  const fraction = exponent ? "." + digits.slice(digits.length - exponent) : "";
  const shown = grouping ? whole.replace(/\B(?=(\d{3})+(?!\d))/g, ",") : whole;
  return (minor < 0 ? MINUS : "") + shown + fraction;
}

/** A denomination or round sum: "0.5", "1,000" without needless zeros. */
export function formatShort(minor, exponent) {
  const text = formatMinor(minor, exponent);
  return exponent ? text.replace(/\.?0+$/, (zeros) => (zeros.startsWith(".") ? "" : zeros.replace(/0+$/, ""))) : text;
}

/** "12.5" → 1250; null when it is not an amount. */
export function parseMinor(text, exponent) {
  const match = /^(\d{0,9})(?:\.(\d*))?$/.exec(text.trim());
  if (!match || (!match[1] && !match[2])) return null;
  const fraction = (match[2] || "").padEnd(exponent, "0");
  if (fraction.length > exponent) return null;
  return Number((match[1] || "0") + fraction);
}

/** Thousandths as people read them: 1000 → "1", 1360 → "1.360" for weights. */
export function formatQuantity(quantity, weighed = false) {
  const sign = quantity < 0 ? MINUS : "";
  const digits = String(Math.abs(quantity)).padStart(4, "0");
  const whole = digits.slice(0, -3);
  const rest = digits.slice(-3);
  if (weighed) return `${sign}${whole}.${rest}`;
  const short = rest.replace(/0+$/, "");
  return sign + whole + (short ? "." + short : "");
}

/** "3" → 3000; null when it is not a quantity. */
export function parseQuantity(text) {
  const match = /^(\d{1,6})(?:\.(\d{1,3}))?$/.exec(text.trim());
  return match ? Number(match[1] + (match[2] || "").padEnd(3, "0")) : null;
}

/** A quantity or price box was handed a barcode: 8 digits or more are never a quantity. */
export function looksLikeBarcode(text) {
  return /^\d{8,}$/.test(text.trim());
}

/** Half away from zero to a multiple of `step`, as the node rounds cash. */
export function roundToStep(minor, step) {
  if (!step || step === 1) return minor;
  const rest = Math.abs(minor) % step;
  const size = Math.abs(minor) - rest + (rest * 2 >= step ? step : 0);
  return minor < 0 ? -size : size;
}

/** Round sums that people hand over, ascending, the exact amount first. */
export function quickAmounts(left, denominations, limit) {
  if (left <= 0) return [];
  const sums = new Set();
  for (const piece of denominations) {
    if (piece * 10 >= left) sums.add(left - (left % piece) + (left % piece ? piece : 0));
  }
  sums.delete(left);
  return [left, ...[...sums].sort((a, b) => a - b)].slice(0, limit);
}

/** Parts per million as a percentage: 125000 → "12.5". */
export function formatPercent(ppm) {
  const tenThousandths = String(ppm).padStart(5, "0");
  const rest = tenThousandths.slice(-4).replace(/0+$/, "");
  return tenThousandths.slice(0, -4) + (rest ? "." + rest : "");
}

/** "12.5" → 125000 ppm, null when it is not within 0–100. */
export function parsePercent(text) {
  const match = /^(\d{1,3})(?:\.(\d{1,4}))?$/.exec(text.trim());
  if (!match) return null;
  const ppm = Number(match[1] + (match[2] || "").padEnd(4, "0"));
  return ppm <= 1000000 ? ppm : null;
}
