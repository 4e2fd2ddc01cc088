// The step Run: it starts, watches and stops `tregate run`, which needs neither this page nor its server.
import { $, h, toast } from "./dom.js";
import { ask, isShown, onShow, openStudy, study, tell } from "./study.js";

let timer = 0;
const inside = (out) => (out.startsWith(study.folder) ? out.slice(study.folder.length + 1) : out);

onShow("run", async () => {
  if (!$("#out").value || $("#out").dataset.of !== study.folder) { $("#out").value = inside(study.out); $("#out").dataset.of = study.folder; }
  const told = await ask("problems").catch(() => ({}));
  $("#run-before").textContent = told.uncounted ? `▲ ${told.uncounted}` : "";
  await watch();
});

async function watch() {
  clearTimeout(timer);
  let told;
  try { told = await ask("run", { out: $("#out").value }); } catch (error) {
    toast(error.message);
    $("#pace").textContent = "How far the run is cannot be seen at the moment; it goes on.";
    return;
  }
  show(told);
  if (told.running && isShown("run")) timer = setTimeout(watch, 800);
}

function show(told) {
  $("#start").disabled = told.running;
  $("#stop").disabled = !told.running;
  const bar = $("#progress");
  bar.max = told.total || 1;
  bar.value = told.done || 0;
  $("#pace").textContent = told.known && (told.running || told.total) ? `${told.what ? `${told.what}: ` : ""}${told.done} of ${told.total}${told.pace ? ` (${told.pace})` : ""}` : "";
  const lines = told.lines?.length ? told.lines : ["none yet"];
  const list = $("#run-lines");
  if (list.children.length !== lines.length || list.lastChild?.textContent !== lines.at(-1)) {
    list.replaceChildren(...lines.map((line) => h("li", {}, line)));
    list.scrollTop = list.scrollHeight;
  }
  document.body.dataset.run = told.running ? "running" : told.known ? "ended" : "none";
  if (!told.running) end(told);
  else $("#run-end").replaceChildren();
}

function end(told) {
  const { outcome } = told;
  const parts = [];
  if (outcome?.status === "refused") {
    parts.push(h("p", { class: "fail" }, "Nothing was run:"), h("ul", {}, outcome.problems.map((one) => h("li", { class: "fail" }, `${one.file}${one.line ? `, line ${one.line}` : ""}: ${one.message} ${one.remedy}`))));
  } else if (outcome?.tubes) {
    const { gated, listed, failed, excluded, needs_review: review, not_started: not } = outcome.tubes;
    const words = { completed: "Finished", failed_tubes: "Finished; some tubes failed", interrupted: "Stopped; what was finished is kept, and the next run goes on from there" }[outcome.status];
    parts.push(h("p", { class: outcome.status === "completed" ? "ok" : "warn" }, `${words}: ${gated} of ${listed} tubes gated, ${failed} failed, ${excluded} excluded, ${not} not started, ${review} need review.`));
    parts.push(h("ul", {}, outcome.failures.map((one) => h("li", { class: "fail" }, `${one.subject} ${one.visit} ${one.tube} (${one.file}), ${one.stage}: ${one.message}`))));
  } else if (outcome?.message) parts.push(h("p", { class: "warn" }, outcome.message));
  else if (told.ended) parts.push(h("p", { class: "warn" }, "The run ended before its tables were written. Run again: tubes that are finished are not gated again."));
  else if (told.said) parts.push(h("p", { class: "fail" }, told.said));
  $("#run-end").replaceChildren(...parts);
  if (outcome?.tubes) { const { value } = $("#out"); openStudy(study.folder).then(() => { study.chosen = value; }).catch(() => {}); }
}

$("#run-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const workers = Number($("#workers").value);
  if (!Number.isInteger(workers) || workers < 0) { toast("Processes is a whole number from 0 on."); return; }
  $("#run-end").replaceChildren();
  try {
    show(await tell("start-run", { out: $("#out").value.trim(), workers, fresh: $("#fresh").checked }));
    await watch();
  } catch (error) { toast(error.message); }
});
$("#stop").addEventListener("click", async () => {
  try { await tell("stop-run", { out: $("#out").value }); $("#pace").textContent = "Stopping: the finished tubes are kept."; } catch (error) { toast(error.message); }
});
