// Choose a study: recent ones, or a folder of this machine; a folder without study.yaml is read first.
import { $, api, h, toast } from "./dom.js";
import { ask, onShow, openStudy, show, study, tell } from "./study.js";

let known = { recent: [] };

export async function begin(start, asked) {
  known = start;
  recent();
  await look(asked || known.recent[0]?.replace(/[\\/][^\\/]+$/, "") || known.home);
}
onShow("begin", async () => { known = await api("/api/start"); recent(); if (study.folder && !study.there) await readNames(); });

function recent() {
  const items = known.recent.map((folder) => h("li", {}, h("button", { type: "button", onclick: () => choose(folder) }, folder)));
  $("#recent").replaceChildren(...(items.length ? items : [h("li", {}, "none yet")]));
}

async function look(path) {
  let found;
  try { found = await api(`/api/folder?${new URLSearchParams({ path })}`); } catch (error) { toast(error.message); return; }
  $("#path").value = found.path;
  const separator = found.path.includes("\\") ? "\\" : "/";
  const inside = (name) => (found.path.endsWith(separator) ? found.path : found.path + separator) + name;
  const what = found.study ? "contains a study" : found.fcs ? `${found.fcs} FCS files` : "no FCS files directly in it";
  $("#here").textContent = `Folders in ${found.path} (${what})`;
  const entry = (name, path) => h("li", {}, h("button", { type: "button", onclick: () => look(path) }, name));
  $("#folders").replaceChildren(
    ...found.roots.filter((root) => root !== found.path).map((root) => entry(`Go to ${root}`, root)),
    ...(found.parent ? [entry("Folder above", found.parent)] : []),
    ...found.folders.map((name) => entry(name, inside(name))));
}

// Every folder begins without a pattern: one that was typed for another folder, or that is invalid, is not applied to it.
async function choose(folder) {
  $("#path").value = folder;
  $("#pattern").value = $("#pattern").placeholder = $("#open-fault").textContent = "";
  $("#reading").hidden = true;
  if (folder !== study.folder) { $("#sheet").value = "samples"; $("#filter").value = $("#table").value = ""; $("#faulty").checked = false; }
  try {
    const opened = await openStudy(folder);
    if (opened.there) { await show("files"); return; }
    await look(folder);
    await readNames();
  } catch (error) { $("#open-fault").textContent = error.message; }
}

// An invalid pattern leaves the field where it is, with the reason beside it, and nothing that was read by another one.
async function readNames() {
  const pattern = $("#pattern").value.trim();
  let found = { lines: [], rows: [] };
  let fault = "";
  try { found = await ask("preview", { pattern }); } catch (error) {
    if (!pattern) { $("#reading").hidden = true; throw error; }
    fault = error.message;
  }
  $("#pattern-fault").textContent = fault;
  if (fault) $("#pattern").setAttribute("aria-invalid", "true");
  else $("#pattern").removeAttribute("aria-invalid");
  $("#reading-lines").replaceChildren(...found.lines.map((line) => h("li", {}, line)));
  const head = h("tr", {}, ["file", "subject", "visit", "tube", "strategy", "excluded", "to look at"].map((name) => h("th", { scope: "col" }, name)));
  $("#reading-rows").replaceChildren(h("thead", {}, head), h("tbody", {}, found.rows.map((row) => h("tr", {}, row.map((cell) => h("td", {}, cell))))));
  $("#make").disabled = Boolean(fault);
  if (!pattern) $("#pattern").placeholder = found.pattern || "";
  $("#reading-rows").parentElement.hidden = Boolean(fault);
  $("#reading").hidden = false;
}

$("#open-form").addEventListener("submit", (event) => { event.preventDefault(); choose($("#path").value.trim()); });
$("#pattern-form").addEventListener("submit", (event) => { event.preventDefault(); readNames().catch((error) => toast(error.message)); });
$("#make").addEventListener("click", async () => {
  try {
    await tell("init", { pattern: $("#pattern").value.trim() });
    await openStudy(study.folder);
    $("#reading").hidden = true;
    await show("files");
  } catch (error) { toast(error.message); }
});
