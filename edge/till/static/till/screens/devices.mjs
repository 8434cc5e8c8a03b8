/** Behind the chips: what the printer needs and which papers are in doubt; how the link to HQ stands. */
import { html, useState, useEffect } from "../ui.mjs";
import { page } from "../store.mjs";
import { t, known } from "../texts.mjs";
import { act, ask, closeDialog, refresh } from "../flow.mjs";
import { Dialog } from "../parts/dialog.mjs";
import { Note } from "../parts/fields.mjs";
import { Icon } from "../parts/icons.mjs";
import { linkChip, printerChip, scannerChip } from "../parts/chrome.mjs";

function jobName(job) {
  const kind = known("job." + job.kind) ? t("job." + job.kind) : job.kind;
  return `${kind} ${job.reference || ""}`;
}

function stateName(state) {
  const key = "job_state." + state.toLowerCase();
  return known(key) ? t(key) : state;
}

function Job({ job, number, onAnswer }) {
  const unknown = job.state === "UNKNOWN";
  return html`
    <div class="job">
      <div>
        <b>${jobName(job)}</b>
        <span class="sm mut">${stateName(job.state)}${job.reason ? " · " + job.reason : ""}</span>
      </div>
      ${unknown && html`
        <span class="act">
          <button type="button" class="btn" data-printed=${job.id} onClick=${() => onAnswer(job, true)}>
            ${t("printer.printed")}
            ${number === 0 && html` <kbd>F5</kbd>`}
          </button>
          <button type="button" class="btn" data-reprint=${job.id} onClick=${() => onAnswer(job, false)}>
            ${t("printer.print_again")}
            ${number === 0 && html` <kbd>F6</kbd>`}
          </button>
        </span>
      `}
    </div>
  `;
}

function useJobs() {
  const [jobs, setJobs] = useState(null);
  const load = async () => {
    const answer = await ask("print/jobs");
    if (answer) setJobs(answer.jobs);
  };
  useEffect(() => {
    load();
  }, []);
  return { jobs: jobs || [], load };
}

/** The printer's dialog; an unknown paper is asked about until it is answered. */
export function PrinterDialog({ id }) {
  const { printer } = page.state.chips;
  const { jobs, load } = useJobs();
  const chip = printerChip(printer);
  const unknown = jobs.filter((job) => job.state === "UNKNOWN");
  const held = jobs.filter((job) => job.state === "HELD");
  const answer = async (job, printed) => {
    await act("print/resolve", { job: job.id, printed });
    await load();
    refresh();
  };
  const release = (which) => async () => {
    await act("print/release", { jobs: which });
    await load();
    refresh();
  };
  const test = async () => {
    if (await act("print/test", {})) load();
  };
  const unproved = async () => {
    await act("print/unproved", {});
    await load();
    refresh();
  };
  const silent = printer.code === "link.timeout";
  const keys = { F8: test, ...(silent ? { F7: unproved } : {}) };
  if (unknown.length) {
    keys.F5 = () => answer(unknown[0], true);
    keys.F6 = () => answer(unknown[0], false);
  }
  const waiting = printer.waiting > 0 || held.length > 0;
  const canTest = printer.state !== "none";
  const extra = canTest && html`
    <button type="button" class="btn" id="printer-test" onClick=${test}>
      ${t("printer.test")} <kbd>F8</kbd>
    </button>
  `;
  return html`
    <${Dialog}
      id="printer"
      title=${t("printer.title")}
      icon="printer"
      extra=${extra}
      keys=${keys}
      onClose=${() => closeDialog(id)}
      primary=${{ label: t("dialog.close"), run: () => closeDialog(id) }}
    >
      <${Note} kind=${chip.kind === "ok" ? "info" : chip.kind === "quiet" ? "info" : chip.kind} icon="printer">
        <b>${chip.words.join(" · ")}</b>
        <br />
        ${t("printer.do." + printer.state)}
      <//>
      ${silent && html`
        <div class="job">
          <span>${t("printer.unproved_note")}</span>
          <button type="button" class="btn" id="printer-unproved" onClick=${unproved}>
            ${t("printer.unproved")} <kbd>F7</kbd>
          </button>
        </div>
      `}
      ${unknown.length > 0 && html`
        <h2>${t("printer.question")}</h2>
        ${unknown.map((job, n) => html`<${Job} key=${job.id} job=${job} number=${n} onAnswer=${answer} />`)}
      `}
      ${waiting && html`
        <h2>${t("printer.queue", { n: printer.waiting })}</h2>
        <div class="opt three">
          ${["all", "last", "none"].map((which) => html`
            <button type="button" key=${which} data-release=${which} onClick=${release(which)}>
              ${t("printer.release_" + which)}
            </button>
          `)}
        </div>
      `}
      ${jobs.length > unknown.length && html`
        <div class="jobs">
          ${jobs.filter((job) => !unknown.includes(job)).slice(0, 6).map((job) => html`
            <${Job} key=${job.id} job=${job} />
          `)}
        </div>
      `}
    <//>
  `;
}

/** A scanner that has gone: what to do meanwhile. */
export function ScannerDialog({ id }) {
  const { scanner } = page.state.chips;
  const chip = scannerChip(scanner);
  const gone = scanner.state === "lost";
  return html`
    <${Dialog}
      id="scanner"
      small=${true}
      title=${t("scanner.title")}
      icon="scan"
      onClose=${() => closeDialog(id)}
      primary=${{ label: t("dialog.close"), run: () => closeDialog(id) }}
    >
      <${Note} kind=${gone ? "bad" : "info"} icon="scan">
        <b>${gone ? chip.words.join(" · ") : t("scanner.ready")}</b>
        <br />
        ${gone ? t("scanner.do_lost") : ""}
      <//>
    <//>
  `;
}

/** The link to HQ in words: selling never depends on it. */
export function LinkDialog({ id }) {
  const { link } = page.state.chips;
  const chip = linkChip(link);
  const never = link.hq_seconds === null || link.hq_seconds === undefined;
  return html`
    <${Dialog}
      id="link"
      small=${true}
      title=${t("link.title")}
      icon=${chip.icon}
      onClose=${() => closeDialog(id)}
      primary=${{ label: t("dialog.close"), run: () => closeDialog(id) }}
    >
      <${Note} kind=${chip.kind === "ok" ? "info" : "warn"} icon=${chip.icon}>
        <b>${chip.words.join(" · ")}</b>
      <//>
      <div class="kv">
        <span><${Icon} name="ok" /> ${t("link.sell")}</span>
        <b class="plain">${t("link.works")}</b>
      </div>
      <div class="kv">
        <span>${t("link.unsent_label")}</span>
        <b>${link.unsent}</b>
      </div>
      <div class="kv">
        <span>${t("link.hq_label")}</span>
        <b class="plain">${never ? t("link.not_yet") : t("link.seconds", { n: link.hq_seconds })}</b>
      </div>
      <p class="mut">${t("link.note")}</p>
    <//>
  `;
}
