// The decisions so far, each with its values before and after; and the way to the end: tables, signature.
import { $, api, ask, h, toast } from "./dom.js";
import { LOCKED, go, isLeft, many, named, reload, run, state, tubeName } from "./app.js";

let end = null;

const WORDS = { move: "moved", automatic: "back to automatic:", exclude: "excluded", note: "comment", sign: "signed", reopen: "opened again" };
const whatOf = (one) => `${WORDS[one.action] || one.action} ${one.population}`.trim();

export async function showLog() {
  const [entries, readers] = await Promise.all([api("/api/log"), api("/api/readers")]);
  end = await api("/api/ending");
  showEnding();
  $("#log-none").hidden = entries.length > 0;
  $("#log").replaceChildren(...entries.map(entry));
  showReaders(readers);
}

// ---------------------------------------------------------------- the entries

function entry(one) {
  const place = [one.subject, one.visit, one.tube].filter(Boolean).join(" · ");
  return h("li", { class: one.stands ? "" : "void", value: one.n, "data-n": one.n },
    h("p", {}, h("b", {}, whatOf(one)), one.stands ? "" : h("span", { class: "undone" }, " (undone)"), " ",
      one.i === null || !place ? place : h("a", { href: `#${one.i}`, onclick: (event) => { event.preventDefault(); go(one.i); } }, place),
      h("small", {}, ` ${one.who}, ${new Date(one.time).toLocaleString()}`),
      one.undoable ? h("button", { type: "button", class: "undo", "aria-label": `Undo entry ${one.n}: ${whatOf(one)}, ${place}`, onclick: () => undo(one) }, "Undo") : ""),
    one.reason ? h("p", {}, one.reason) : "",
    one.values.length ? h("ul", { class: "values" }, one.values.map(({ what, before, after }) => h("li", {}, `${what}: `, h("del", {}, before || "–"), " → ", h("b", {}, after || "–")))) : "");
}

async function undo(one) {
  const who = await named();
  const reason = who && await ask({ title: `Undo entry ${one.n}: ${whatOf(one)}`, label: "Reason", act: "Undo" });
  if (reason) {
    try {
      const answer = await api("/api/undo", { i: one.i, n: one.n, who, reason });
      toast(`Undone: kept as entry ${answer.n}.`);
      state.stale = true;
      await reload();
      await showLog();
    } catch (error) { toast(error.message); }
  }
  // The button of an entry that was undone is gone: the focus stays at its entry.
  const here = $(`#log li[data-n="${one.n}"]`);
  const place = here && ($(".undo", here) || $("a", here));
  place?.focus();
}

// ---------------------------------------------------------------- the end

function showEnding() {
  const left = end.tubes - end.reviewed;
  $("#end-reviewed").textContent = `${end.words}.`;
  $("#end-next").hidden = !left || run.signed.length > 0;
  $("#end-waiting").textContent = run.reading === 2 ? "The tables are made by the first reading." : end.waiting ? `${many(end.waiting, "decision")} ${end.waiting === 1 ? "is" : "are"} not in the tables yet.` : "The tables contain every decision.";
  $("#end-tables").hidden = !end.waiting || run.reading === 2;
  $("#end-order").textContent = run.signed.length ? "" : run.reading === 2 ? "The first signature, by either reader, locks the study: finish both readings before it." : "The first signature locks the study: a second reading, by another person, comes before it.";
  $("#end-signed").textContent = end.signed ? LOCKED : end.waiting ? "Rebuild the tables first, and look at them." : left ? `${many(left, "tube")} ${left === 1 ? "is" : "are"} not reviewed: the signature will say so.` : `Every tube is reviewed.${warnedSince()}`;
  $("#end-sign").hidden = end.signed;
  $("#end-sign").disabled = end.waiting > 0;
}

// Warnings that came with the tables of a move: whoever confirmed the tube before has not seen them.
function warnedSince() {
  const names = run.order.filter((i) => run.tubes[i].moved.length && run.tubes[i].warnings && !run.tubes[i].outdated).map(tubeName);
  return names.length ? ` The rebuilt tables warn of ${many(names.length, "tube")} with a moved gate (${names.join(", ")}): look at ${names.length === 1 ? "it" : "them"} again first.` : "";
}

async function rebuild() {
  $("#end-tables").disabled = true;
  $("#end-waiting").textContent = "The tables are being rebuilt. Only tubes with changed gates are gated again.";
  try {
    await api("/api/tables", {});
    toast("The tables were rebuilt with every decision.");
    state.stale = true;
    await reload();
  } catch (error) { toast(error.message); }
  $("#end-tables").disabled = false;
  await showLog();
  (end.waiting ? $("#end-tables") : $("#end-sign")).focus();
}

async function sign() {
  const who = await named();
  if (!who) return;
  const left = end.tubes - end.reviewed;
  const own = end.by[who] ?? 0; // others of this reading may have reviewed the rest
  const proposed = own < end.tubes ? `I reviewed ${own} of ${end.tubes} tubes.` : `I reviewed all ${end.tubes} tubes.`;
  let statement = await ask({ title: `Sign as ${who}`, text: "The study is locked afterwards. The signature has this statement and the number of tubes reviewed.", label: "Statement", value: proposed, act: "Sign" });
  if (!statement) return;
  if (left) {
    const reason = await ask({ title: `Sign although ${left} of ${many(end.tubes, "tube")} ${left === 1 ? "is" : "are"} not reviewed?`, label: "Reason", act: "Sign" });
    if (!reason) return;
    statement = `${/[.!?]$/.test(statement) ? statement : `${statement}.`} Incomplete: ${reason}`;
  }
  try {
    const answer = await api("/api/sign", { who, statement, incomplete: left > 0 });
    await reload();
    await showLog();
    $("#end-sha").textContent = `Note this number in the study's file; it proves the log up to entry ${answer.n}: ${answer.sha256}`;
    toast(`Signed by ${who} (entry ${answer.n}).`);
  } catch (error) { toast(error.message); }
}

$("#end-next").addEventListener("click", () => {
  const at = run.order.find((i) => isLeft(run.tubes[i]));
  if (at !== undefined) go(at);
});
$("#end-tables").addEventListener("click", rebuild);
$("#end-sign").addEventListener("click", sign);

// ---------------------------------------------------------------- two readers

function showReaders(both) {
  $("#readers-title").hidden = $("#readers").hidden = run.reading === 1 && !both.gates;
  const number = (value) => (value === null || value === undefined ? "–" : Number(value).toPrecision(3));
  $("#readers").replaceChildren(run.reading === 2 && !run.signed.length ? h("p", {}, "The second reader is blind to the first until the study is signed.") : h("div", {},
    h("p", {}, `${both.words} Bias ${number(both.bias)} points of percent of parent, CV ${number(both.cv_percent)} %.`),
    h("table", {}, h("tr", {}, ["tube", "gate", "first", "second", "difference", "values"].map((name) => h("th", {}, name))),
      both.differ.map((one) => h("tr", {}, [`${one.subject} ${one.visit} ${one.tube}`, one.population, `${one.first} ${number(one.percent_first)} %`, `${one.second} ${number(one.percent_second)} %`, number(one.difference_percent), [one.figures_first, one.figures_second].filter(Boolean).join(" / ")].map((cell) => h("td", {}, cell)))))));
}
