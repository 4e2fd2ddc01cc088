// The study that is open: where it is, what the server knows of it, and which step is shown.
import { $, $$, api, toast } from "./dom.js";

export const study = { folder: "", name: "", hashes: {}, out: "", there: false };
const shows = {};
const leaves = {};
export const onShow = (view, act) => { shows[view] = act; };
export const onLeave = (view, act) => { leaves[view] = act; };
let shown = "begin";

// What the address keeps, so that a page that is opened again shows the same step of the same study.
function mark() { if (study.there) history.replaceState(null, "", `#${new URLSearchParams({ view: shown, folder: study.folder })}`); }
export const marked = () => Object.fromEntries(new URLSearchParams(location.hash.slice(1)));

// The folder goes with every question: the server keeps nothing of its own.
export function ask(name, more = {}) {
  const query = new URLSearchParams({ folder: study.folder, ...more });
  return api(`/api/${name}?${query}`);
}
export const tell = (name, more = {}) => api(`/api/${name}`, { folder: study.folder, ...more });
export const address = (name, more = {}) => `./api/${name}?${new URLSearchParams({ folder: study.folder, ...more })}`;

export async function openStudy(folder) {
  const before = study.folder;
  study.folder = folder;
  try { Object.assign(study, await ask("study")); } catch (error) { study.folder = before; throw error; }
  $("#study").textContent = study.there ? study.name : "tregate";
  document.title = study.there ? `${study.name} — tregate` : "tregate";
  for (const button of $$("nav [data-view]")) button.disabled = !study.there && button.dataset.view !== "begin";
  mark();
  return study;
}

export async function show(view) {
  if (leaves[shown]) await leaves[shown]();
  shown = view;
  mark();
  for (const section of $$("main > section")) section.hidden = section.id !== `view-${view}`;
  for (const button of $$("nav [data-view]")) {
    if (button.dataset.view === view) button.setAttribute("aria-current", "step");
    else button.removeAttribute("aria-current");
  }
  document.body.dataset.view = view;
  scrollTo(0, 0);
  delete document.body.dataset.shown;
  try { await shows[view]?.(); } catch (error) { toast(error.message); }
  document.body.dataset.shown = view;
}
export const isShown = (view) => shown === view;

// What this window is writing: the look for changes from outside waits for it.
export const writing = { now: 0, done: 0 };
export async function write(act) {
  writing.now += 1;
  try { return await act(); } finally { writing.now -= 1; writing.done += 1; }
}

// How far what was changed is on the disk.
export function saved(words) { $("#saved").textContent = words; document.body.dataset.saved = words; }
