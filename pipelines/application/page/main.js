// Put life into the page.
import { $, $$, api, h, toast } from "./dom.js";
import { watchServer } from "./answering.js";
import { begin } from "./begin.js";
import "./files.js";
import "./setup.js";
import "./strategy.js";
import "./run.js";
import "./results.js";
import { isShown, marked, openStudy, saved, show, study } from "./study.js";
import { KEYS } from "./cells.js";

for (const button of $$("nav [data-view]")) button.addEventListener("click", () => show(button.dataset.view));
for (const button of $$("[data-next]")) button.addEventListener("click", () => show(button.dataset.next));
$("#keys").append(...Object.entries(KEYS).flatMap(([key, words]) => [h("dt", {}, h("kbd", {}, key)), h("dd", {}, words)]));
$("#help-open").addEventListener("click", () => $("#help").showModal());

// What this page shows may not have been written: it is read anew. Drafts of a strategy are in no file, and stay.
async function back() {
  try {
    if (!study.folder) { await start(); return; }
    await openStudy(study.folder);
    if (study.there && !isShown("strategy")) await show(document.body.dataset.view);
    saved("");
    toast("The application answers again. The page shows what is in the files: repeat a change that is missing.");
  } catch (error) { toast(error.message); }
}
watchServer({
  question: "./api/start",
  back,
  words: {
    away: "The application does not answer. Start it again (by its icon, or tregate app), then go on here or in the page that it opens; what was confirmed is in the files.",
    unknown: "The application was started again. Open the page or the link that it gave, in this browser; then this page can go on.",
  },
});
async function start() {
  try {
    const known = await api("/api/start");
    const { view } = marked();
    const asked = marked().folder || known.first;
    await begin(known, asked);
    if (asked) {
      await openStudy(asked);
      await show(study.there ? view || "files" : "begin");
    }
  } catch (error) { toast(error.message); }
  document.body.dataset.ready = "yes";
}
start();
