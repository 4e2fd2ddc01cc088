// The step Run: it starts, watches and stops `tregate run`, which needs neither this page nor its server.
import { $, h, toast } from "./dom.js";
import { ask, isShown, onShow, openStudy, study, tell } from "./study.js";

let timer = 0;
const inside = (out) => (out.startsWith(study.folder) ? out.slice(study.folder.length + 1) : out);

onShow("run", async () => {
  if (!$("#out").value || $("#out").dataset.of !== study.folder) { $("#out").value = inside(study.out); $("#out").dataset.of = study.folder; }
  const answer = await ask("problems").catch(() => ({}));
  $("#run-before").textContent = answer.uncounted ? `▲ ${answer.uncounted}` : "";
  replaces();
  await watch();
});

// A run into a folder that has tables replaces them: the page says so before.
function replaces() {
  const there = (study.outs || []).map(inside).includes($("#out").value.trim());
  $("#run-replaces").textContent = there ? `${$("#out").value.trim()} has the tables of a run. A new run replaces them; type another folder to keep both.` : "";
}
$("#out").addEventListener("input", replaces);

async function watch() {
  clearTimeout(timer);
  let answer;
  try { answer = await ask("run", { out: $("#out").value }); } catch (error) {
    toast(error.message);
    $("#pace").textContent = "How far the run is cannot be seen at the moment; it goes on.";
    return;
  }
  show(answer);
  if (answer.running && isShown("run")) timer = setTimeout(watch, 800);
}

function show(answer) {
  $("#start").disabled = answer.running;
  $("#stop").disabled = !answer.running;
  const bar = $("#progress");
  bar.max = answer.total || 1;
  bar.value = answer.done || 0;
  $("#pace").textContent = answer.known && (answer.running || answer.total) ? `${answer.what ? `${answer.what}: ` : ""}${answer.done} of ${answer.total}${answer.pace ? ` (${answer.pace})` : ""}` : "";
  const lines = answer.lines?.length ? answer.lines : ["none yet"];
  const list = $("#run-lines");
  if (list.children.length !== lines.length || list.lastChild?.textContent !== lines.at(-1)) {
    list.replaceChildren(...lines.map((line) => h("li", {}, line)));
    list.scrollTop = list.scrollHeight;
  }
  document.body.dataset.run = answer.running ? "running" : answer.known ? "ended" : "none";
  if (!answer.running) end(answer);
  else $("#run-end").replaceChildren();
}

function end(answer) {
  const { outcome } = answer;
  const parts = [];
  if (outcome?.status === "refused") {
    parts.push(h("p", { class: "fail" }, "Nothing was run:"), h("ul", {}, outcome.problems.map((one) => h("li", { class: "fail" }, `${one.file}${one.line ? `, line ${one.line}` : ""}: ${one.message} ${one.remedy}`))));
  } else if (outcome?.tubes) {
    const { gated, listed, failed, excluded, needs_review: review, not_started: not } = outcome.tubes;
    const words = { completed: "Finished", failed_tubes: "Finished; some tubes failed", interrupted: "Stopped; what was finished is kept, and the next run goes on from there" }[outcome.status];
    parts.push(h("p", { class: outcome.status === "completed" ? "ok" : "warn" }, `${words}: ${gated} of ${listed} tubes gated, ${failed} failed, ${excluded} excluded, ${not} not started, ${review} need review.`));
    parts.push(h("ul", {}, outcome.failures.map((one) => h("li", { class: "fail" }, `${one.subject} ${one.visit} ${one.tube} (${one.file}), ${one.stage}: ${one.message}`))));
  } else if (outcome?.message) parts.push(h("p", { class: "warn" }, outcome.message));
  else if (answer.ended) parts.push(h("p", { class: "warn" }, "The run ended before its tables were written. Run again: tubes that are finished are not gated again."));
  else if (answer.said) parts.push(h("p", { class: "fail" }, answer.said));
  $("#run-end").replaceChildren(...parts);
  if (outcome?.tubes) { const { value } = $("#out"); openStudy(study.folder).then(() => { study.chosen = value; replaces(); }).catch(() => {}); }
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
