// Put life into the page.
import { $, $$, api, h, toast } from "./dom.js";
import { begin } from "./begin.js";
import "./files.js";
import "./setup.js";
import "./strategy.js";
import "./run.js";
import "./results.js";
import { marked, openStudy, show } from "./study.js";
import { KEYS } from "./cells.js";

for (const button of $$("nav [data-view]")) button.addEventListener("click", () => show(button.dataset.view));
for (const button of $$("[data-next]")) button.addEventListener("click", () => show(button.dataset.next));
$("#keys").append(...Object.entries(KEYS).flatMap(([key, words]) => [h("dt", {}, h("kbd", {}, key)), h("dd", {}, words)]));
$("#help-open").addEventListener("click", () => $("#help").showModal());

async function start() {
  try {
    const told = await api("/api/start");
    const { view } = marked();
    const asked = marked().folder || told.first;
    await begin(told, asked);
    if (asked) {
      const study = await openStudy(asked);
      await show(study.there ? view || "files" : "begin");
    }
  } catch (error) { toast(error.message); }
  document.body.dataset.ready = "yes";
}
start();
