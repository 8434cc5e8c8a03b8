/**
 * The node's JSON API. A changing call carries a key that is made at the first touch and kept on every retry,
 * so that a lost answer is asked for again and never done twice. It also names the State on the page, and the answer
 * may tell only what changed since.
 */
import { page, applied } from "./store.mjs";

const BASE = "/api/v1/";
const TIMEOUT_MS = 8000;
const PAUSES_MS = [200, 500, 1000, 2000];

/** A refusal of the node, with its stable code and the sentence for the person. */
export class Refusal extends Error {
  constructor(status, body) {
    super(body.message || body.code || String(status));
    this.status = status;
    this.code = body.code || "web.failed";
    this.fields = body.fields || {};
    this.trace = body.trace || "";
  }
}

/** No answer: nobody knows yet whether it was done; the same key will tell. */
export class NoAnswer extends Error {}

/** A fresh idempotency key (also where the page has no secure context). */
export function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

async function once(path, options) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), TIMEOUT_MS);
  let response;
  let body;
  try {
    const headers = { ...options.headers, "X-Lianpu-Language": document.documentElement.lang };
    response = await fetch(BASE + path, { ...options, headers, signal: stop.signal, credentials: "same-origin" });
    body = await response.json();
  } catch {
    throw new NoAnswer(path);
  } finally {
    clearTimeout(timer);
  }
  if (body.ok) return body;
  if (response.status === 502 || response.status === 503 || response.status === 504) throw new NoAnswer(path);
  throw new Refusal(response.status, body);
}

/** Read something; one attempt. */
export function getJson(path) {
  return once(path, { method: "GET", headers: { Accept: "application/json" } });
}

/** The answer with a State, made from the one that was shown when only its changes were told. */
function whole(answer, shown) {
  if (answer.changes) answer.state = applied(shown, answer.changes);
  return answer;
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Change something. `attempts` bounds the retries after no answer (Infinity for what must not be lost);
 * `onSilence(count)` is told about each attempt that got none.
 */
export async function post(path, body, { key = newKey(), attempts = 3, onSilence } = {}) {
  const options = {
    method: "POST",
    headers: { "Content-Type": "application/json", "Idempotency-Key": key, "X-Lianpu": "1" },
    body: JSON.stringify(body || {}),
  };
  const shown = page.state;
  if (shown && shown.mark) options.headers["X-Lianpu-Shown"] = shown.mark;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return whole(await once(path, options), shown);
    } catch (error) {
      if (!(error instanceof NoAnswer) || attempt >= attempts) throw error;
      if (onSilence) onSilence(attempt);
      await pause(PAUSES_MS[Math.min(attempt, PAUSES_MS.length) - 1]);
    }
  }
}
