// The step Study: forms for study.yaml. A key is written when its field is left; what is wrong with it stands beside it.
import { $, $$, h, toast } from "./dom.js";
import { ask, isShown, onLeave, onShow, saved, study, tell, write as wait } from "./study.js";

let form = null;
let drawing = false;

// Another window or program wrote a file of the study.
document.addEventListener("outside", async () => {
  if (!isShown("setup")) return;
  const now = await ask("form");
  if (now.sha256 === form.sha256) return;
  form = now;
  draw();
  toast("study.yaml changed on the disk. The page shows the new contents.");
});

// What was typed and not written is no draft to keep: the page says that it has to be made again.
document.addEventListener("answered", () => { for (const one of $$("#forms input, #forms select")) one.value = one.shown; });

onLeave("setup", () => queue);
onShow("setup", async () => { form = await ask("form"); draw(); await look(); });

async function look() {
  const answer = await ask("problems");
  const own = answer.rest.filter((one) => one.level === "problem");
  const cells = Object.values(answer.marks).flat().filter((one) => one.level === "problem").length;
  $("#setup-problems").replaceChildren(...own.map((one) => h("li", {}, `${one.place}: ${one.words}`)),
    ...(cells ? [h("li", {}, `${cells} cells of the sheets have problems: see Files.`)] : []),
    ...(answer.problems ? [] : [h("li", { class: "note" }, "No problems in the study files.")]));
  Object.assign(study.hashes, answer.hashes);
}

// Write changes [[path, text]], one after the other; true where they are in the file.
let queue = Promise.resolve();
let pending = 0;
function write(changes, fault) {
  saved("Writing…");
  pending += 1;
  const made = queue.then(() => wait(() => written(changes, fault))).finally(() => { pending -= 1; });
  queue = made.catch(() => {});
  return made;
}
async function written(changes, fault) {
  try {
    form = await tell("keys", { seen: form.sha256, changes });
    study.hashes.study = form.sha256;
    if (pending === 1) saved("All changes are written");
    if (fault) fault.textContent = "";
    draw();
    await look();
    return true;
  } catch (error) {
    saved("Not written");
    if (fault) fault.textContent = error.message;
    else toast(error.message);
    if (error.status === 409) { toast(error.message); form = await ask("form"); draw(); }
    return false;
  }
}

function draw() {
  const focus = document.activeElement?.id;
  const drafts = $$("#forms input, #forms select").filter((one) => one.value !== one.shown).map(({ id, shown, value }) => ({ id, shown, value }));
  drawing = true; // a field that leaves the page with unfinished text is no change
  $("#forms").replaceChildren(...form.sections.map((section) => h("fieldset", {}, h("legend", {}, section.title), section.keys.map(field))));
  drawing = false;
  for (const { id, shown, value } of drafts) {
    const field = document.getElementById(id);
    if (field && field.shown === shown) field.value = value;
  }
  if (focus) document.getElementById(focus)?.focus();
}

function field(key) {
  const own = { visits, tubes, beads }[key.kind];
  const id = `key-${key.path.join("-")}`;
  const name = key.path.at(-1);
  if (own) return h("div", {}, h("h3", { id }, name), h("p", { class: "hint" }, key.sentence), own(id));
  const fault = h("div", { class: "fault", role: "alert" });
  const words = `${key.sentence}${key.default ? ` Default: ${key.default}.` : ""}`;
  const input = key.kind === "choice" || key.kind === "yes" ? choice(key, id) : h("input", { id, autocomplete: "off", spellcheck: "false", placeholder: key.default || null, "aria-describedby": `${id}-says` });
  input.value = input.shown = key.value;
  input.addEventListener("change", () => { if (!drawing && input.value !== key.value) write([[key.path, input.value]], fault); });
  return h("div", { class: "key" }, h("label", { for: id }, name), input, h("p", { id: `${id}-says` }, words), fault);
}

function choice(key, id) {
  const there = key.value && !key.choices.includes(key.value) ? [key.value] : [];
  return h("select", { id, "aria-describedby": `${id}-says` }, h("option", { value: "" }, key.default ? `default: ${key.default}` : ""), [...there, ...key.choices].map((one) => h("option", { value: one }, one)));
}

// ---------------------------------------------------------------- keys with a form of their own

function table(id, heads, rows, act) {
  const fault = h("p", { class: "fail", role: "alert" });
  const lines = [...rows, null].map((row, number) => h("tr", {}, heads.map((head, i) => {
    const label = row ? `${head.name} of ${row[0] || `row ${number + 1}`}` : `${head.name}, new row`;
    const place = `${id}-${number}-${i}`;
    const input = head.choices ? h("select", { id: place, "aria-label": label }, ["", ...new Set([...head.choices, ...(row?.[i] ? [row[i]] : [])])].map((one) => h("option", { value: one }, one))) : h("input", { id: place, "aria-label": label, autocomplete: "off" });
    input.value = input.shown = row ? row[i] : "";
    input.readOnly = Boolean(head.fixed && row);
    input.addEventListener("change", () => {
      if (drawing) return;
      const typed = heads.map((_, j) => document.getElementById(`${id}-${number}-${j}`).value.trim());
      act(typed, row, number, fault);
    });
    return h("td", {}, input);
  })));
  return h("div", { class: "wide" }, h("table", { class: "rows", "aria-labelledby": id }, h("thead", {}, h("tr", {}, heads.map((head) => h("th", { scope: "col" }, head.title || head.name)))), h("tbody", {}, lines)), fault);
}

// Visits that the files have and the plan lacks, behind those of the plan.
async function visitsOfFiles() {
  const sheet = await ask("sheet", { sheet: "samples" });
  const [at, excluded] = ["visit", "exclude"].map((name) => sheet.columns.indexOf(name));
  const there = new Set(form.visits.map((one) => one.name));
  const lacking = [...new Set(sheet.rows.filter((row) => !row[excluded]).map((row) => row[at]))].filter((name) => name && !there.has(name));
  if (lacking.length) await write([[["visits"], [...form.visits, ...lacking.map((name) => ({ name }))]]]);
  else toast("Every visit of the files is in the plan.");
}

function visits(id) {
  const names = ["name", "day", "before", "after"];
  const heads = [{ name: "name" }, { name: "day" }, { name: "before", title: "days before" }, { name: "after", title: "days after" }];
  const more = h("button", { type: "button", id: "visits-of-files", onclick: visitsOfFiles }, "Add the visits of the files");
  return h("div", {}, more, table(id, heads, form.visits.map((one) => names.map((name) => one[name])), (typed, row, number, fault) => {
    const all = form.visits.map((one) => ({ ...one }));
    all[number] = Object.fromEntries(names.map((name, i) => [name, typed[i]]));
    write([[["visits"], all]], fault);
  }));
}

function tubes(id) {
  const heads = [{ name: "tube", fixed: true }, { name: "strategy", choices: form.strategies }];
  return table(id, heads, form.tubes.map((one) => [one.name, one.strategy]), ([name, strategy], row, number, fault) => {
    if (name && (strategy || row)) write([[["tubes", name], strategy]], fault);
  });
}

function beads(id) {
  const heads = [{ name: "tube", choices: form.tubes.map((one) => one.name), fixed: true }, ...form.bead_keys.map((one) => ({ name: one.name }))];
  const rows = Object.entries(form.beads).map(([tube, values]) => [tube, ...form.bead_keys.map(({ name }) => values[name] || "")]);
  return table(id, heads, rows, ([tube, ...typed], row, number, fault) => {
    const changes = form.bead_keys.map(({ name }, i) => [["beads", tube, name], typed[i]]).filter(([, text], i) => text !== (row?.[i + 1] || ""));
    if (tube && changes.length) write(changes, fault);
  });
}
