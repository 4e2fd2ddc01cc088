// The page as a whole: which tube and view is shown, the list of tubes, marks, and who reviews.
import { $, $$, api, ask, h, toast } from "./dom.js";

export const state = { order: [], at: -1, view: "tube" };
export let run = null;

const views = { tube: () => {}, sheet: null, log: showLog };
export const tubeName = (i) => `${run.tubes[i].subject} · ${run.tubes[i].visit} · ${run.tubes[i].tube}`;
const CLASSES = { confirmed: "confirmed", "to review again": "again", exclude: "exclude", note: "note" };
export const markWords = (tube) => tube.marks.map((one) => h("span", { class: `mark-${CLASSES[one.mark]}` }, `${one.mark}${one.population ? ` ${one.population}` : ""} (${one.who}) `));

// Why there is nothing to review in a tube.
export const withoutGates = (i) => `${tubeName(i)} has no gates to review: ${run.tubes[i].excluded ? `it is excluded (${run.tubes[i].excluded})` : run.tubes[i].failed ? `it failed (${run.tubes[i].failed})` : "it was not gated"}.`;

// After a refusal, letters that follow at once are taken for a reason that somebody means to type, and decide nothing.
const WHILE = 2000;
let held = { until: 0, words: "" };
export function hold(words) { held = { until: performance.now() + WHILE, words }; toast(words); }
export function isHeld() {
  if (performance.now() > held.until) return false;
  hold(held.words);
  return true;
}

// The reviewer's name, asked for before the first decision.
export async function named() {
  const there = $("#who").value.trim();
  if (there) return there;
  const who = await ask({ title: "Who reviews?", text: "Every decision is kept with a name.", label: "Name" });
  if (who) { $("#who").value = who; keepName(); }
  return who;
}
export const keepName = () => { try { localStorage.setItem("tregate-who", $("#who").value.trim()); } catch { /* private window */ } };

export async function reload() {
  run = await api("/api/run");
  state.order = run.order;
  $("#study").textContent = `${run.study}${run.reading === 2 ? " — second reading" : ""}`;
  $("#progress").textContent = `${run.reviewed} of ${run.toReview} reviewed · ${run.entries} decision${run.entries === 1 ? "" : "s"}`;
  $("#list-order").textContent = run.primary ? `Ordered by the effect of the gates on ${run.primary}: how far they may change it. ▲: a check of the run warns.` : "In the order of the samples";
  $("#tubes").replaceChildren(...state.order.map(line));
  $("#signed").hidden = !run.signed.length;
  $("#signed").textContent = run.signed.map((one) => `${one.words}${one.broken.length ? ` — BROKEN: ${one.broken.join("; ")}` : ""}`).join(" · ");
  $("#signed").classList.toggle("broken", run.signed.some((one) => one.broken.length));
}

function line(i) {
  const tube = run.tubes[i];
  const mark = tube.marks.at(-1)?.mark;
  const sign = { confirmed: "✓", "to review again": "?", exclude: "–", note: "…" }[mark] || "";
  const what = tube.failed ? "failed" : tube.excluded ? "excluded" : tube.primary ? `effect ${tube.effect} %` : "";
  return h("li", { class: i === state.at ? "current" : "", "data-i": i }, h("button", { type: "button", onclick: () => go(i) },
    h("span", {}, tubeName(i), tube.warnings ? h("span", { class: "warn", title: "A check of the run warns about this tube" }, " ▲") : ""),
    h("span", { class: `mark-${CLASSES[mark] || ""}` }, sign, tube.moved.length ? h("span", { class: "hand" }, " ✎") : ""),
    h("small", {}, what)));
}

export async function go(i) {
  showView("tube");
  state.at = i;
  for (const item of $$("#tubes li")) item.classList.toggle("current", Number(item.dataset.i) === i);
  $("#tubes li.current")?.scrollIntoView({ block: "nearest" });
  history.replaceState(null, "", `#${i}`);
  // What is still on the screen is another tube: it is dimmed, and no mark is taken until this one is there.
  $("#view-tube").classList.toggle("waiting", document.body.dataset.tube !== String(i));
  const { showTube } = await import("./tube.js");
  try { await showTube(i); } catch (error) { toast(error.message); }
}

export function next(step, wanted = () => true) {
  let at = state.order.indexOf(state.at) + step;
  while (at >= 0 && at < state.order.length && !wanted(run.tubes[state.order[at]])) at += step;
  if (at < 0 || at >= state.order.length) { toast(step < 0 ? "This is the first tube." : run.reviewed === run.toReview ? `All ${run.toReview} tubes are reviewed. Next: make the tables again with your decisions, look at them, and sign.` : "This is the last tube of this kind."); return undefined; }
  return go(state.order[at]);
}

// Mark tubes, or one gate of them; what needs a reason asks for it. True where it was kept.
export async function mark(tubes, population, kind, text = "") {
  const without = tubes.find((i) => !run.tubes[i].gated);
  if (without !== undefined) { toast(withoutGates(without)); return false; }
  const who = await named();
  if (!who || !tubes.length) { if (who) toast("No tube is left to mark."); return false; }
  let reason = "";
  if (kind !== "confirmed") {
    reason = await ask({ title: `${kind}: ${tubes.length === 1 ? tubeName(tubes[0]) : `${tubes.length} tubes`}`, label: "Reason" });
    if (!reason) return false;
  } else if (tubes.length > 1 && await ask({ title: `${tubes.length} tubes look right: ${population}`, text, label: "Note", required: false }) === null) return false;
  try {
    await api("/api/mark", { tubes, population, mark: kind, who, reason });
    await reload();
    return true;
  } catch (error) { toast(error.message); return false; }
}

export async function markTube(kind, onward = true) {
  if (state.at < 0) { toast("No tube is shown."); return; }
  if (document.body.dataset.tube !== String(state.at)) { toast(`${tubeName(state.at)} is still being read: look at it first.`); return; }
  if (await mark([state.at], "", kind)) {
    if (onward) next(1);
    else go(state.at);
  }
}

export function showView(name) {
  state.view = name;
  for (const view of Object.keys(views)) $(`#view-${view}`).hidden = view !== name;
  for (const button of $$("nav [data-view]")) button.toggleAttribute("aria-current", button.dataset.view === name);
  $("main").classList.toggle("wide", name !== "tube");
  if (name === "sheet") import("./sheet.js").then(({ showSheet }) => showSheet()).catch((error) => toast(error.message));
  else views[name]();
}

async function showLog() {
  const answer = await api("/api/log");
  $("#log").replaceChildren(...answer.map((one) => h("li", { class: one.stands ? "" : "void", value: one.n }, `${new Date(one.time).toLocaleString()} ${one.who}: ${one.action} ${one.subject} ${one.visit} ${one.tube} ${one.population}${one.reason ? ` — ${one.reason}` : ""}`)));
  const both = await api("/api/readers");
  $("#readers-title").hidden = $("#readers").hidden = run.reading === 1 && !both.gates;
  const number = (value) => (value === null || value === undefined ? "–" : Number(value).toPrecision(3));
  $("#readers").replaceChildren(run.reading === 2 && !run.signed.length ? h("p", {}, "The second reader is blind to the first until the study is signed.") : h("div", {},
    h("p", {}, `${both.gates} gates were looked at by both; ${both.differ.length} differ. Bias ${number(both.bias)} points of percent of parent, CV ${number(both.cv_percent)} %, kappa ${number(both.kappa)}.`),
    h("table", {}, h("tr", {}, ["tube", "gate", "first", "second", "difference", "figures"].map((name) => h("th", {}, name))),
      both.differ.map((one) => h("tr", {}, [`${one.subject} ${one.visit} ${one.tube}`, one.population, `${one.first} ${number(one.percent_first)} %`, `${one.second} ${number(one.percent_second)} %`, number(one.difference_percent), [one.figures_first, one.figures_second].filter(Boolean).join(" / ")].map((cell) => h("td", {}, cell)))))));
}
