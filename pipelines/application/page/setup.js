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

// Write changes [[path, text]], one after the other; true where they are in the file. `changes` is called when its turn
// has come, since those before it may have moved what it is about; `done` where it was written.
let queue = Promise.resolve();
let pending = 0;
let later = false;
function write(changes, fault, done) {
  saved("Writing…");
  pending += 1;
  const made = queue.then(() => wait(() => written(changes(), fault, done))).finally(() => { pending -= 1; drawLater(); });
  queue = made.catch(() => {});
  return made;
}
async function written(changes, fault, done) {
  try {
    if (changes.length) form = await tell("keys", { seen: form.sha256, changes });
    study.hashes.study = form.sha256;
    done?.();
    if (pending === 1) saved("All changes are written");
    if (fault) fault.textContent = "";
    later = true;
    await look();
    return true;
  } catch (error) {
    saved("Not written");
    if (fault) fault.textContent = error.message;
    else toast(error.message);
    if (error.status === 409) { toast(error.message); form = await ask("form"); later = true; }
    return false;
  }
}

// The forms are drawn again when nothing waits to be written and no text is half typed: what a person types stays.
const typing = () => { const one = document.activeElement; return one?.shown !== undefined && one.value !== one.shown; };
function drawLater() { if (later && !pending && !typing()) draw(); }
$("#forms").addEventListener("focusout", () => setTimeout(drawLater));

// A link to a part of the form; the address stays that of the step.
const filled = (key) => Boolean(key.value) || (key.kind in form && Object.keys(form[key.kind]).length > 0);
function partLink({ title, keys }, k) {
  const number = keys.filter(filled).length;
  const go = (event) => { event.preventDefault(); $(`#part-${k}`).scrollIntoView(); $(`#part-${k} legend`).focus({ preventScroll: true }); };
  return h("li", {}, h("a", { id: `to-part-${k}`, href: `#part-${k}`, onclick: go }, title, h("small", {}, number ? ` ${number} of ${keys.length} filled in` : " defaults")));
}

function draw() {
  later = false;
  const old = document.activeElement;
  const [focus, from, to] = [old?.id, old?.selectionStart, old?.selectionEnd];
  const drafts = $$("#forms input, #forms select").filter((one) => one.value !== one.shown).map(({ id, shown, value }) => ({ id, shown, value }));
  drawing = true; // a field that leaves the page with unfinished text is no change
  $("#forms").replaceChildren(...form.sections.map((section, k) => h("fieldset", { id: `part-${k}` }, h("legend", { tabindex: "-1" }, section.title), section.keys.map(field))));
  $("#sections").replaceChildren(h("ul", {}, form.sections.map(partLink)));
  drawing = false;
  for (const { id, shown, value } of drafts) {
    const field = document.getElementById(id);
    if (field && field.shown === shown) field.value = value;
  }
  const now = focus ? document.getElementById(focus) : null;
  now?.focus();
  if (typeof from === "number") now?.setSelectionRange?.(from, to);
}

// A field that is left, or chosen in, with another value than the page last sent or read. `sent`: the fields whose values
// go with it, those of its row.
function onCommit(input, act, sent = () => [input]) {
  const commit = async () => {
    if (drawing || input.value === input.shown) return;
    const made = act();
    if (!made) return;
    const before = sent().map((one) => [one, one.shown]);
    for (const one of sent()) one.shown = one.value;
    if (!(await made)) for (const [one, shown] of before) one.shown = shown;
  };
  for (const event of ["change", "blur"]) input.addEventListener(event, commit);
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
  onCommit(input, () => { const typed = input.value; return write(() => [[key.path, typed]], fault); });
  return h("div", { class: "key" }, h("label", { for: id }, name), input, h("p", { id: `${id}-says` }, words), fault);
}

function choice(key, id) {
  const there = key.value && !key.choices.includes(key.value) ? [key.value] : [];
  return h("select", { id, "aria-describedby": `${id}-says` }, h("option", { value: "" }, key.default ? `default: ${key.default}` : ""), [...there, ...key.choices].map((one) => h("option", { value: one }, one)));
}

// ---------------------------------------------------------------- keys with a form of their own

function table(id, heads, rows, act, more) {
  const fault = h("p", { class: "fail", role: "alert" });
  const lines = [...rows, null].map((row, number) => h("tr", {}, heads.map((head, i) => {
    const label = row ? `${head.name} of ${row[0] || `row ${number + 1}`}` : `${head.name}, new row`;
    const place = `${id}-${number}-${i}`;
    const input = head.choices ? h("select", { id: place, "aria-label": label }, ["", ...new Set([...head.choices, ...(row?.[i] ? [row[i]] : [])])].map((one) => h("option", { value: one }, one))) : h("input", { id: place, "aria-label": label, autocomplete: "off" });
    input.value = input.shown = row ? row[i] : "";
    input.readOnly = Boolean(head.fixed && row);
    const cells = () => heads.map((_, j) => document.getElementById(`${id}-${number}-${j}`));
    onCommit(input, () => act(cells().map((one) => one.value.trim()), row, number, fault), cells);
    return h("td", {}, input);
  }), more ? h("td", {}, more(number)) : null));
  return h("div", { class: "wide" }, h("table", { class: "rows", "aria-labelledby": id }, h("thead", {}, h("tr", {}, heads.map((head) => h("th", { scope: "col" }, head.title || head.name)), more ? h("td") : null)), h("tbody", {}, lines)), fault);
}

// Visits that the files have and the plan lacks, in the files' order or that of their numbers, behind those of the plan,
// whose first is the baseline; in place of a plan of which no file has any visit.
async function visitsOfFiles() {
  const sheet = await ask("sheet", { sheet: "samples" });
  const [at, excluded] = ["visit", "exclude"].map((name) => sheet.columns.indexOf(name));
  const there = [...new Set(sheet.rows.filter((row) => !row[excluded] && row[at]).map((row) => row[at]))];
  const planned = new Set(form.visits.map((one) => one.name));
  const empty = form.visits.filter((one) => !there.includes(one.name)).map((one) => one.name);
  const names = there.filter((name) => !planned.has(name));
  if (new Set(names.map((name) => name.replace(/\d+/g, "1"))).size === 1) names.sort((a, b) => a.localeCompare(b, "en", { numeric: true })); // V2, V1
  const lacking = names.map((name) => ({ name }));
  const says = empty.length ? ` No file has ${empty.join(", ")}.` : "";
  if (!lacking.length) { toast(`Every visit of the files is in the plan.${says}`); return; }
  const instead = empty.length === form.visits.length;
  await write(() => [[["visits"], instead ? lacking : [...form.visits, ...lacking]]]);
  if (!instead) toast(`Added last: ${lacking.map((one) => one.name).join(", ")}. The first visit is the baseline: check the order.${says}`);
}

function visits(id) {
  const names = ["name", "day", "before", "after"];
  const heads = [{ name: "name" }, { name: "day" }, { name: "before", title: "days before" }, { name: "after", title: "days after" }];
  const known = form.visits.map((one) => one.name); // of each drawn row, as the file has it
  const more = h("button", { type: "button", id: "visits-of-files", onclick: visitsOfFiles }, "Add the visits of the files");
  const up = (number) => (number === 0 || number >= known.length ? null : h("button", { type: "button", id: `${id}-up-${number}`, "aria-label": `Move ${known[number]} up`, onclick: () => write(() => {
    const all = [...form.visits];
    const place = all.findIndex((one) => one.name === known[number]);
    if (place > 0) all.splice(place - 1, 2, all[place], all[place - 1]);
    return [[["visits"], all]];
  }) }, "↑"));
  return h("div", {}, more, table(id, heads, form.visits.map((one) => names.map((name) => one[name])), (typed, row, number, fault) => (!row && !typed[0] ? null : write(() => {
    const all = form.visits.map((one) => ({ ...one }));
    const place = all.findIndex((one) => one.name === known[number]);
    all[place < 0 ? all.length : place] = Object.fromEntries(names.map((name, i) => [name, typed[i]]));
    return [[["visits"], all]];
  }, fault, () => { known[number] = typed[0]; })), up));
}

function tubes(id) {
  const heads = [{ name: "tube", fixed: true }, { name: "strategy", choices: form.strategies }];
  return table(id, heads, form.tubes.map((one) => [one.name, one.strategy]), ([name, strategy], row, number, fault) =>
    name && (strategy || row) ? write(() => [[["tubes", name], strategy]], fault) : null);
}

function beads(id) {
  const heads = [{ name: "tube", choices: form.tubes.map((one) => one.name), fixed: true }, ...form.bead_keys.map((one) => ({ name: one.name }))];
  const rows = Object.entries(form.beads).map(([tube, values]) => [tube, ...form.bead_keys.map(({ name }) => values[name] || "")]);
  return table(id, heads, rows, ([tube, ...typed], row, number, fault) => (tube && (row || typed.some(Boolean)) ? write(() =>
    form.bead_keys.map(({ name }, i) => [["beads", tube, name], typed[i]]).filter(([[, , name], text]) => text !== (form.beads[tube]?.[name] || "")), fault) : null));
}
