// The step Results: tables, findings, figures, review, signature, comparison, and files to take.
import { $, ask as question, h, toast } from "./dom.js";
import { address, ask, onShow, study, tell } from "./study.js";

let answer = null;
let out = "";
const GENERAL = ["counts.csv", "gates.csv", "findings.csv", "failures.csv", "cp.csv", "suppcp.csv", "changes.csv", "comparison.csv", "comparison_pairs.csv", "comparison_groups.csv", "comparison_readers.csv", "readers.csv", "summary.csv", "about_tables.csv", "activation.csv", "intensities.csv"];
const SEVERITY = { fail: "critical", warn: "warning", info: "note" };

onShow("results", async () => {
  out = study.chosen ?? (study.out.startsWith(study.folder) ? study.out.slice(study.folder.length + 1) : study.out);
  try { show(await ask("results", { out })); } catch (error) { answer = null; $("#results-state").textContent = error.message; $("#readable-box").hidden = $("#readable-says").hidden = $("#as-file").hidden = $("#flags").hidden = true; }
});

function show(now) {
  answer = now;
  $("#results-state").textContent = `${out}: ${answer.tables.length} tables, ${answer.decisions} decisions${answer.waiting ? `, ${answer.waiting} of them not in the tables yet` : ""}.`;
  $("#bring").hidden = !answer.waiting;
  $("#to-report").hidden = !answer.report;
  $("#to-report").href = address("report", { out });
  $("#to-manual").href = address("manual-counts", { out });
  $("#to-archive").href = address("archive", { out });
  const problems = [...answer.changed, ...answer.inputs_changed.map((one) => `${one}. The tables are of the study as it was: run again.`)];
  $("#results-problems").replaceChildren(...problems.map((one) => h("li", {}, one)));
  $("#signatures").replaceChildren(...answer.set_aside.map((words) => h("li", { class: "note" }, words)),
    ...answer.signatures.map((one) => h("li", { class: one.broken.length ? "fail" : "ok" }, `${one.words}${one.broken.length ? ` — broken: ${one.broken.join("; ")}` : ""}`)));
  $("#reopen").hidden = !answer.signatures.length;
  offerSigning();
  covered();
  const chosen = $("#table").value;
  $("#table").replaceChildren(...answer.tables.map((name) => h("option", { value: name }, name)));
  $("#table").value = answer.tables.includes(chosen) ? chosen : answer.first || (answer.tables.find((name) => !GENERAL.includes(name)) ?? answer.tables[0]);
  table();
  $("#findings").replaceChildren(...answer.findings.map(finding), ...(answer.findings.length ? [] : [h("li", {}, "none")]),
    ...answer.failures.map((row) => h("li", { class: "fail" }, `failure: ${row.filter(Boolean).join(" ")}`)));
  const pictures = answer.figures.filter((name) => name.endsWith(".svg") || !answer.figures.includes(name.replace(/png$/, "svg")));
  $("#figures").replaceChildren(...pictures.map((name) => h("a", { href: address("file", { out, name }), download: name }, h("img", { src: address("file", { out, name, shown: "yes" }), alt: `Figure ${name}`, loading: "lazy" }))),
    pictures.length ? "" : h("button", { type: "button", id: "write-figures", onclick: () => tablesAgain("The figures are drawn…") }, "Write the figures (PNG, SVG, PDF)"));
  $("#downloads").replaceChildren(...answer.files.map((name) => h("li", {}, h("a", { href: address("file", { out, name }), download: name.split("/").at(-1) }, name))));
}

// Only what can be done is offered, and why the rest cannot.
function offerSigning() {
  const [first, second] = answer.can_sign;
  $("#second-review").hidden = Boolean(answer.second_refused);
  $("#sign-more").hidden = !first && !second;
  $("#sign-form").hidden = !first && !second && !answer.signatures.length;
  const box = $("#sign-second");
  box.disabled = !first || !second;
  if (box.disabled && box.checked !== second) { box.checked = second; otherReader(); }
  $("#sign-why").textContent = answer.sign_refused;
}

// The reader of the other reading is another person: no name is taken over.
function otherReader() { $("#sign-who").value = ""; }

// What is signed says how much was reviewed, unless the person wrote other words.
const reviewed = () => answer.coverage[$("#sign-second").checked ? 1 : 0];
let proposed = "";
function covered() {
  const { reviewed: seen, tubes, words } = reviewed();
  $("#sign-reviewed").textContent = words;
  $("#sign-reviewed").classList.toggle("warn", seen < tubes);
  const text = $("#sign-text");
  if (text.value && text.value !== proposed) return;
  proposed = seen === tubes ? `I reviewed all ${tubes} tubes.` : `I reviewed ${seen} of ${tubes} tubes.`;
  text.value = proposed;
}
$("#sign-second").addEventListener("change", () => { otherReader(); if (answer) covered(); });

function finding(one) {
  const tubes = one.tubes.map((each) => each.tube).filter(Boolean);
  const about = one.population && !one.message.startsWith(one.population) ? `${one.population}: ` : "";
  const head = `${SEVERITY[one.severity] || one.severity}: ${about}${one.message}`;
  const many = one.tubes.length > 1 ? ` (${one.tubes.length} rows)` : tubes[0] ? ` (${tubes[0]})` : "";
  if (one.tubes.length < 2) return h("li", { class: one.severity }, head + many);
  return h("li", {}, h("details", {}, h("summary", { class: one.severity }, `${SEVERITY[one.severity] || one.severity}: ${one.check.replaceAll("_", " ")}${one.population ? `, ${one.population}` : ""}${many}`), h("ul", {}, one.tubes.map((each) => h("li", {}, `${each.tube}: ${each.message}`)))));
}

const rowsOf = (made) => [h("thead", {}, h("tr", {}, made.columns.map((name) => h("th", { scope: "col" }, name)))), h("tbody", {}, made.rows.map((row) => h("tr", {}, row.map((cell) => h("td", {}, cell)))))];

const readableOf = (made) => [h("thead", {}, h("tr", {}, made.columns.map((name) => h("th", { scope: "col" }, name)))), h("tbody", {}, made.rows.map((row) => h("tr", {}, row.map(([text, exact, mark]) => h("td", { title: exact || null }, text, mark ? h("small", {}, ` ${mark}`) : "")))))];

async function table() {
  const name = $("#table").value;
  $("#table-file").href = address("file", { out, name });
  try {
    const made = await ask("table", { out, name });
    if (name !== $("#table").value) return; // another one was chosen meanwhile
    const { readable } = made;
    $("#table-rows").replaceChildren(...rowsOf(made));
    $("#readable-rows").replaceChildren(...(readable ? readableOf(readable) : []));
    $("#readable-box").hidden = $("#readable-says").hidden = !readable;
    $("#as-file summary").textContent = `As in the file ${name}`;
    $("#as-file").hidden = false;
    $("#as-file").open = !readable;
    $("#flags").hidden = !made.legend.length;
    $("#flags dl").replaceChildren(...made.legend.flatMap(([flag, words]) => [h("dt", {}, flag), h("dd", {}, words)]));
    $("#table-why").textContent = readable?.empty || made.empty;
    document.body.dataset.table = name;
  } catch (error) { toast(error.message); }
}
$("#table").addEventListener("change", table);

async function review(second) {
  $("#results-state").textContent = "Opening the run for review…";
  try { sessionStorage.setItem("tregate-back", location.hash); sessionStorage.setItem("tregate-review", JSON.stringify({ folder: study.folder, out, second })); location.href = (await tell("review", { out, second })).at; } catch (error) { show(answer); toast(error.message); }
}
$("#to-review").addEventListener("click", () => review(false));
$("#second-review").addEventListener("click", () => review(true));
async function tablesAgain(why) {
  $("#results-state").textContent = why;
  try { show(await tell("tables-again", { out })); } catch (error) { toast(error.message); show(answer); }
}
$("#bring").addEventListener("click", () => tablesAgain("Only tubes with changed gates are gated again…"));

$("#sign-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const second = $("#sign-second").checked;
  let statement = $("#sign-text").value.trim();
  try {
    // Counted anew: decisions may have come since this step was shown.
    answer = await ask("results", { out });
    const { reviewed: seen, tubes, words } = reviewed();
    const incomplete = seen < tubes;
    if (incomplete) {
      const reason = await question({ title: `Sign although ${tubes - seen} of ${tubes} tubes are not reviewed?`, text: `The signature will say: ${words}.`, label: "Reason", act: "Sign" });
      if (!reason) return;
      statement = `${statement} Incomplete: ${reason}`;
    }
    show(await tell("sign", { out, who: $("#sign-who").value.trim(), statement, second, incomplete }));
  } catch (error) { toast(error.message); }
});
$("#reopen").addEventListener("click", async () => {
  const who = $("#sign-who").value.trim();
  if (!who) { toast("Type your name first."); $("#sign-who").focus(); return; }
  const reason = await question({ title: "Open the signed study again", label: "Reason", act: "Open again" });
  if (!reason) return;
  try { show(await tell("reopen", { out, who, reason })); } catch (error) { toast(error.message); }
});

// ---------------------------------------------------------------- manual counts

async function compare(file) {
  if (!file) return;
  try {
    const made = await tell("compare", { out, text: await file.text() });
    $("#compared").replaceChildren(...made.lines.map((line) => h("li", {}, line)));
    $("#compared-rows").replaceChildren(...rowsOf(made.tables[0]));
    show(await ask("results", { out }));
  } catch (error) { toast(error.message); }
}
$("#manual").addEventListener("change", () => compare($("#manual").files[0]));
const drop = $("#drop");
drop.addEventListener("dragover", (event) => { event.preventDefault(); drop.classList.add("over"); });
drop.addEventListener("dragleave", () => drop.classList.remove("over"));
drop.addEventListener("drop", (event) => { event.preventDefault(); drop.classList.remove("over"); compare(event.dataTransfer.files[0]); });
