// The few things that the console does in the browser: dialogs, the search key, the phone menu, charts.
// Without this file a dialog and the phone menu open by their address (#id, see `:target` in hq.css), a chooser has
// a button beside it, and a chart does not show: its numbers stand in a table below.

document.documentElement.dataset.js = "";

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-open]");
  if (opener) {
    event.preventDefault();
    document.getElementById(opener.dataset.open).showModal();
  }
  const closer = event.target.closest("[data-close]");
  if (closer) {
    event.preventDefault();
    const dialog = closer.closest("dialog");
    if (dialog) dialog.close();
    else document.getElementById(closer.dataset.close).replaceChildren();
  }
  if (event.target.closest("[data-menu]")) {
    event.preventDefault();
    document.querySelector(".side").classList.toggle("open");
  }
  const all = event.target.closest("[data-check-all]");
  if (all) {
    for (const box of document.querySelectorAll(`input[name="${all.dataset.checkAll}"]`)) box.checked = true;
  }
});

document.addEventListener("keydown", (event) => {
  const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName);
  if (event.key === "/" && !typing) {
    const search = document.querySelector("form.find input");
    if (search) {
      event.preventDefault();
      search.focus();
    }
  }
  if (event.key === " " && event.target.matches("a[role=button]")) {
    event.preventDefault();
    event.target.click();
  }
  if (event.key === "Escape") document.querySelector(".side")?.classList.remove("open");
});

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submit]")) event.target.form.requestSubmit();
  const toggles = event.target.dataset.toggles;
  if (toggles) showParts(event.target);
});

function showParts(control) {
  const value = control.type === "checkbox" ? String(control.checked) : control.value;
  for (const part of document.querySelectorAll(`[data-part^="${control.dataset.toggles}="]`)) {
    part.hidden = part.dataset.part.split("=")[1] !== value;
    for (const field of part.querySelectorAll("[data-required]")) field.required = !part.hidden;
  }
}

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function hourly(chart) {
  const data = JSON.parse(chart.dataset.chart);
  const muted = colour("--muted"), accent = colour("--accent"), line = colour("--line");
  const series = [{
    type: "bar", name: data.names.today, barWidth: "56%",
    data: data.today.map((value, at) => at === data.running
      ? { value, itemStyle: { color: "transparent", borderColor: accent, borderWidth: 1.5, decal: { color: accent, dashArrayX: [1, 0], dashArrayY: [2, 4], rotation: -Math.PI / 4 } } }
      : value),
    itemStyle: { color: accent }, label: { show: true, position: "top", color: muted, fontSize: 11, formatter: (p) => p.value ? p.value.toLocaleString("en") : "" },
  }];
  if (data.before.some((value) => value)) {
    series.push({ type: "line", name: data.names.before, data: data.before, step: "middle", symbol: "none", lineStyle: { color: muted, type: "dashed", width: 1.5 } });
  }
  const graph = echarts.init(chart, null, { renderer: "svg" });
  graph.setOption({
    animation: false, textStyle: { fontFamily: "inherit", color: muted },
    tooltip: { trigger: "axis", renderMode: "richText" }, grid: { left: 48, right: 12, top: 24, bottom: 26 },
    xAxis: { type: "category", data: data.hours, axisTick: { show: false }, axisLine: { lineStyle: { color: line } }, axisLabel: { color: muted } },
    yAxis: { type: "value", min: 0, splitLine: { lineStyle: { color: line } }, axisLabel: { color: muted } }, series,
  });
  addEventListener("resize", () => graph.resize());
}

function priceLines(chart) {
  const data = JSON.parse(chart.dataset.chart);
  const muted = colour("--muted"), line = colour("--line");
  const looks = [{ color: colour("--accent"), type: "solid", symbol: "circle" }, { color: colour("--ink"), type: "dashed", symbol: "rect" }, { color: muted, type: "dotted", symbol: "triangle" }, { color: colour("--warn"), type: "dashed", symbol: "diamond" }];
  const graph = echarts.init(chart, null, { renderer: "svg" });
  graph.setOption({
    animation: false, textStyle: { fontFamily: "inherit", color: muted }, tooltip: { trigger: "axis", renderMode: "richText" },
    legend: { top: 0, left: 0, itemGap: 24, textStyle: { color: colour("--ink"), fontFamily: getComputedStyle(document.body).fontFamily }, data: data.slice(0, 4).map((one) => one.label) },
    grid: { left: 52, right: 28, top: 24 + 22 * Math.ceil(Math.min(data.length, 4) * 150 / chart.clientWidth), bottom: 40 },
    xAxis: { type: "time", splitNumber: Math.max(2, Math.floor(chart.clientWidth / 110)), axisLine: { lineStyle: { color: line } }, axisLabel: { color: muted, hideOverlap: true, lineHeight: 14, formatter: "{MM}-{dd}\n{yyyy}" } },
    yAxis: { type: "value", scale: true, splitLine: { lineStyle: { color: line } }, axisLabel: { color: muted } },
    series: data.slice(0, 4).map((one, at) => ({
      type: "line", step: "end", name: one.label, data: one.points, symbol: looks[at].symbol, symbolSize: 6,
      lineStyle: { color: looks[at].color, type: looks[at].type, width: 2 }, itemStyle: { color: looks[at].color },
    })),
  });
  addEventListener("resize", () => graph.resize());
}

// A dialog that the address names, for example after its form was refused.
function openNamed() {
  const named = document.getElementById(location.hash.slice(1));
  if (!(named instanceof HTMLDialogElement) || named.open) return;
  history.replaceState(null, "", location.pathname);
  named.showModal();
}

document.addEventListener("DOMContentLoaded", () => {
  openNamed();
  for (const control of document.querySelectorAll("[data-toggles]")) {
    if (control.type !== "radio" || control.checked) showParts(control);
  }
  if (window.echarts) {
    document.querySelectorAll('[data-kind="hourly"]').forEach(hourly);
    document.querySelectorAll('[data-kind="prices"]').forEach(priceLines);
  }
});
