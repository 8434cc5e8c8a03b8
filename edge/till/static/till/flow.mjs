/**
 * The verbs of the page: ask the node, show its State, and answer its refusals (approval, changed basket,
 * unknown device) in one place.
 */
import { page, set, show, overtaken, ticket, home } from "./store.mjs";
import { post, getJson, newKey, Refusal, NoAnswer } from "./api.mjs";
import { enqueue, busy, onIdle } from "./queue.mjs";
import { t, useLanguage, language, chooseLanguage, chosenLanguage } from "./texts.mjs";
import { play } from "./sounds.mjs";
import { holdKeys, letGo } from "./keys.mjs";

let dialogCount = 0;
let noticeCount = 0;
let wanted = false;
let fetching = false;

/** Say something above the basket. kind: "bad" | "warn" | "info". */
export function notify(kind, text, extra = {}) {
  noticeCount += 1;
  set({ notice: { id: noticeCount, kind, text, ...extra } });
  if (kind === "bad") play("error");
}

/** Take the notice away. */
export function hush() {
  if (page.notice) set({ notice: null });
}

/** Open a dialog; the promise answers what it was closed with (null = refused). */
export function openDialog(name, props = {}) {
  letGo();
  return new Promise((resolve) => {
    dialogCount += 1;
    set({ dialogs: [...page.dialogs, { id: dialogCount, name, props, resolve }], notice: null });
  });
}

/** Close a dialog with an answer. */
export function closeDialog(id, answer = null) {
  const found = page.dialogs.find((dialog) => dialog.id === id);
  if (!found) return;
  set({ dialogs: page.dialogs.filter((dialog) => dialog.id !== id) });
  found.resolve(answer);
}

/** Go to a screen. */
export function go(screen, screenProps = {}) {
  set({ screen, screenProps, notice: null });
}

/** The language of the person who is here; while nobody is, what was chosen on the screen, else the chain's. */
async function wearLanguage(state) {
  const someone = state.staff && !state.locked;
  const wanted = (!someone && chosenLanguage()) || state.language;
  if (someone) chooseLanguage(null);
  if (!wanted || wanted === language()) return;
  try {
    await useLanguage(wanted);
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error;
    return; // the old words stay; the next State asks again
  }
  set({ textsVersion: page.textsVersion + 1 });
}

/** Fetch the State; several wishes become one request, and none runs beside a changing call. */
export async function refresh() {
  wanted = true;
  if (fetching || busy()) return;
  fetching = true;
  try {
    while (wanted && !busy()) {
      wanted = false;
      const number = ticket();
      const answer = await getJson("state");
      await present(answer.state, number);
    }
  } catch (error) {
    onRefreshFailed(error);
  } finally {
    fetching = false;
  }
}

function onRefreshFailed(error) {
  if (error instanceof NoAnswer) set({ silent: page.silent + 1, ready: true });
  else if (unknownDevice(error)) home({ paired: false, ready: true, state: null });
  else notify("bad", error.message);
}

onIdle(() => {
  if (wanted) refresh();
});

/** A version was announced by the node: fetch it unless it is ours, or on its way to us. */
export function announced(version) {
  if (!page.state || page.state.version !== version || busy()) wanted = true;
  if (!busy() && wanted) refresh();
}

/**
 * Show a State in its language, unless a later one is on the screen. When it says that the person who was here may
 * not be any more, say so: nobody locked anything. `patch()` is asked when the words are there.
 */
async function present(state, number, patch) {
  if (overtaken(number)) return;
  await wearLanguage(state);
  const before = page.state && !page.state.locked ? page.state.staff : null;
  if (!show(state, number, patch?.()) || !before || state.staff) return;
  notify("bad", t("sign_in.out", { name: before.name }));
}

async function send(path, body, options) {
  const number = ticket();
  const wish = typeof body === "function" ? body() : body;
  const onSilence = () => set({ silent: page.silent + 1 });
  const answer = await post(path, wish, { ...options, onSilence });
  if (answer.state) {
    if (page.state && answer.state.version !== undefined) wanted = false;
    await present(answer.state, number, options.patch);
  } else if (page.silent) {
    set({ silent: 0 });
  }
  return answer;
}

/**
 * Change something through the node. Answers its answer, or null when it was refused (and said so).
 * `body` may be a function that is asked when the call's turn comes. `ask` describes the wish for the approval
 * dialog; `own(error)` may deal with a refusal itself (return true).
 */
export async function act(path, body = {}, options = {}) {
  const { ask = null, own = null, key = newKey(), attempts = Infinity } = options;
  hush();
  try {
    return await enqueue(() => send(path, body, { ...options, key, attempts }));
  } catch (error) {
    return refused(error, { path, body, ask, own, options });
  }
}

/** `act` for what leads to another screen: keys typed before the answer are typed again there. */
export function actAhead(path, body, options) {
  return holdKeys(() => act(path, body, options));
}

/** Sign in (or set the first PIN); refusals are the sign-in screen's own business. */
export function enqueueSignIn(body) {
  return enqueue(() => send("sign-in", body, { key: newKey(), attempts: 2 }));
}

function unknownDevice(error) {
  return error.status === 401 || error.code === "people.device_unknown";
}

/** The node wants a PIN again (nobody touched the till for a while): make that visible. */
async function relock() {
  try {
    await enqueue(() => send("lock", {}, { key: newKey(), attempts: 2 }));
  } catch {
    await refresh();
  }
}

async function refused(error, { path, body, ask, own, options }) {
  if (options.patch) set(options.patch());
  if (error instanceof NoAnswer) {
    notify("bad", t("error.no_answer"));
    return null;
  }
  if (!(error instanceof Refusal)) throw error;
  if (own && own(error)) return null;
  if (unknownDevice(error)) {
    home({ paired: false, state: null });
  } else if (error.code === "people.approval_needed") {
    const again = (approval) =>
      enqueue(() => {
        const wish = typeof body === "function" ? body() : body;
        return send(path, { ...wish, approval }, { ...options, key: newKey(), attempts: 3 });
      });
    return openDialog("approval", { fields: error.fields, ask, again });
  } else if (error.code === "people.sign_in_needed") {
    await relock();
  } else {
    notify("bad", error.message, { code: error.code });
    if (error.status === 409) await refresh();
  }
  return null;
}

/** Read something; null when it failed (and said so). */
export async function ask(path) {
  try {
    return await getJson(path);
  } catch (error) {
    if (error instanceof NoAnswer) notify("bad", t("error.no_answer"));
    else if (unknownDevice(error)) home({ paired: false, state: null });
    else if (error.code === "people.sign_in_needed") await relock();
    else notify("bad", error.message, { code: error.code });
    return null;
  }
}
