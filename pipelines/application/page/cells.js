// The cells of one sheet: order and filter, changes with undo and redo, and what `check` says of each cell.
// Each change is written to the file at once; the next waits for the one before.
import { toast } from "./dom.js";
import { ask, isShown, saved, study, tell } from "./study.js";

export const KEYS = {
  "arrows, Page, Home, End": "go to another cell; with Shift: choose several",
  "Enter, F2, or typing": "change the cell; Enter keeps it, Escape does not",
  "Ctrl + C, X, V": "copy, cut, paste, also from and to a spreadsheet",
  "Ctrl + D": "fill the chosen cells from the first row",
  Delete: "empty the chosen cells",
  "Ctrl + Z, Ctrl + Y": "undo, redo",
  "Ctrl + A": "choose every row of the column",
  "Ctrl + F": "filter",
  "Alt + S": "stains of the tube",
  Tab: "leave the grid",
};

const FIRST = ["subject", "visit", "tube", "arm", "bead_lot", "bead_volume_ul", "blood_volume_ul", "replicate", "control", "exclude"];

export class Cells {
  constructor(name) {
    this.name = name;
    this.rows = [];
    this.order = [];
    this.done = [];
    this.undone = [];
    this.marks = new Map();
    this.arms = null;
    this.sorting = null;
    this.filter = "";
    this.faulty = false;
    this.queue = Promise.resolve();
    this.waiting = 0;
    this.changed = () => {};
  }

  async load() {
    const answer = await ask("sheet", { sheet: this.name });
    this.sha256 = answer.sha256;
    this.names = answer.columns;
    this.offered = answer.offered;
    this.rows = answer.rows;
    if (this.name === "subjects" && !this.names.includes("arm")) this.withArms();
    this.arms = this.name === "samples" ? await this.readArms() : null;
    const shown = this.arms ? [...this.names, "arm"] : [...this.names];
    const place = (one) => { const i = FIRST.indexOf(one); return i < 0 ? FIRST.length : i; };
    const order = shown.map((one, i) => [one === "file" ? -1 : place(one), i, one]).sort((a, b) => a[0] - b[0] || a[1] - b[1]).map((one) => one[2]);
    this.columns = (this.name === "samples" ? order : shown).map((name) => ({
      name, at: this.names.indexOf(name), words: name === "arm" && this.arms ? "arm of the subject, kept in the sheet Subjects and arms" : name,
    }));
    this.arrange();
  }

  // The sheet of arms has its column before any arm is entered; the file gets it with the first one.
  withArms() {
    this.names = [...this.names, "arm"];
    this.offered = this.offered.filter((name) => name !== "arm");
    this.rows = this.rows.map((row) => [...row, ""]);
  }

  // Arms stand in the sheet of subjects, one for each subject; the grid of files shows and changes them there.
  async readArms() {
    const answer = await ask("sheet", { sheet: "subjects" });
    const [subject, arm] = ["subject", "arm"].map((name) => answer.columns.indexOf(name));
    this.people = { sha256: answer.sha256, order: answer.rows.map((row) => row[subject]) };
    return new Map(answer.rows.map((row) => [row[subject], arm < 0 ? "" : row[arm]]));
  }

  // ---------------------------------------------------------------- what is where

  value(row, name) {
    const i = this.names.indexOf(name);
    if (i < 0) return name === "arm" ? this.arms?.get(this.value(row, "subject")) || "" : "";
    return this.rows[row][i];
  }

  arrange() {
    const words = this.filter.trim().toLowerCase();
    const [, column, text] = words.match(/^(\w+):(.*)$/) || [];
    const one = column && this.columns.find((each) => each.name.toLowerCase() === column)?.name;
    const fits = (row) => {
      if (this.faulty && !this.marks.has(row)) return false;
      if (!words) return true;
      if (one) return this.value(row, one).toLowerCase() === text.trim() || (text.trim() !== "" && this.value(row, one).toLowerCase().includes(text.trim()) && !this.exact(one, text.trim()));
      return this.rows[row].some((cell) => cell.toLowerCase().includes(words));
    };
    this.order = this.rows.map((_, row) => row).filter(fits);
    if (this.sorting) {
      const { name, down } = this.sorting;
      const compare = new Intl.Collator("en", { numeric: true }).compare;
      const values = new Map(this.order.map((row) => [row, this.value(row, name)]));
      this.order.sort((a, b) => (down ? -1 : 1) * compare(values.get(a), values.get(b)) || a - b);
    }
  }

  // visit:D1 is not D15 where a visit is called D1.
  exact(name, text) { return this.rows.some((_, row) => this.value(row, name).toLowerCase() === text); }

  // ---------------------------------------------------------------- changes

  // changes: [row, name, text]; all of them are one step of undo.
  change(changes) {
    const real = changes.map(([row, name, text]) => [row, name, this.value(row, name), text]).filter(([, , before, after]) => before !== after);
    if (!real.length) return;
    this.done.push(real);
    this.undone = [];
    this.apply(real.map(([row, name, , after]) => [row, name, after]));
  }

  undo() { this.step(this.done, this.undone, ([row, name, before]) => [row, name, before], "undo"); }
  redo() { this.step(this.undone, this.done, ([row, name, , after]) => [row, name, after], "redo"); }
  step(from, to, side, word) {
    const step = from.pop();
    if (!step) { toast(`There is nothing to ${word}.`); return; }
    to.push(step);
    this.apply(step.map(side));
  }

  apply(changes) {
    const own = changes.filter(([, name]) => this.names.includes(name));
    const arms = new Map(changes.filter(([, name]) => !this.names.includes(name)).map(([row, , text]) => [this.value(row, "subject"), text]));
    for (const [row, name, text] of own) this.rows[row][this.names.indexOf(name)] = text;
    if (own.length) this.send({ changes: own });
    if (arms.size) this.changeArms(arms);
    this.changed();
  }

  changeArms(arms) {
    if (arms.delete("")) toast("A row without a subject has no arm.");
    for (const [subject, arm] of arms) this.arms.set(subject, arm);
    const { order } = this.people;
    const wanted = {
      changes: [...arms].filter(([subject]) => order.includes(subject)).map(([subject, arm]) => [order.indexOf(subject), "arm", arm]),
      added: [...arms].filter(([subject]) => !order.includes(subject)).map(([subject, arm]) => ({ subject, arm })),
    };
    order.push(...wanted.added.map((one) => one.subject));
    if (arms.size) this.send(wanted, false, "subjects", this.people);
  }

  addColumn(name) {
    if (!this.rows.length) { toast("A column needs a row first."); return; }
    this.send({ changes: [[0, name, ""]] }, true);
  }
  addRows(rows) { this.send({ added: rows }, true); }
  removeRow(row) { this.send({ removed: [row] }, true); }

  // Write; on return of the promise it is on the disk, or the grid shows what is.
  send(wanted, again = false, sheet = this.name, state = this) {
    this.waiting += 1;
    saved("Writing…");
    this.queue = this.queue.then(async () => {
      if (this.broken) return;
      try {
        const created = !state.sha256;
        const answer = await tell("cells", { sheet, seen: state.sha256, ...wanted });
        state.sha256 = answer.sha256;
        study.hashes[sheet] = answer.sha256;
        if (created) Object.assign(study.hashes, await ask("state"));
        if (again) { Object.assign(study.hashes, await ask("state")); await this.afresh(); await this.refreshed?.(); }
      } catch (error) {
        this.broken = true;
        toast(error.message);
        saved("Not written");
        await this.afresh().catch(() => {});
        this.refreshed?.();
      }
    }).finally(() => {
      this.waiting -= 1;
      if (!this.waiting) {
        if (!this.broken) { saved("All changes are written"); this.look?.(); }
        this.broken = false;
      }
    });
    return this.queue;
  }

  // The file as it is now; steps of undo belong to the file as it was.
  async afresh() {
    this.done = [];
    this.undone = [];
    await this.load();
  }

  // ---------------------------------------------------------------- what check says

  marked(marks) {
    this.marks = new Map();
    for (const { row, column, level, words } of marks) {
      if (!this.marks.has(row)) this.marks.set(row, new Map());
      const cells = this.marks.get(row);
      const there = cells.get(column);
      cells.set(column, there ? { level: there.level === "problem" ? "problem" : level, words: `${there.words} ${words}` } : { level, words });
    }
    if (this.faulty) this.arrange();
  }

  owner(grid) {
    const cells = this;
    return {
      get columns() { return cells.columns; },
      get sorting() { return cells.sorting; },
      count: () => cells.order.length,
      number: (at) => cells.order[at] + 1,
      text: (at, name) => cells.value(cells.order[at], name),
      mark: (at, name) => cells.marks.get(cells.order[at])?.get(name),
      says: (at) => [...(cells.marks.get(cells.order[at])?.values() || [])].map((one) => one.words).join(" "),
      excluded: (at) => Boolean(cells.value(cells.order[at], "exclude")),
      choices: (name) => (["file", "note"].includes(name) ? [] : [...new Set(cells.rows.map((_, row) => cells.value(row, name)))].filter(Boolean).sort().slice(0, 200)),
      sort: (name) => {
        const there = cells.sorting?.name === name ? cells.sorting : null;
        cells.sorting = !there ? { name, down: false } : there.down ? null : { name, down: true };
        cells.arrange();
        grid().renew();
      },
      edit: (at, name, text) => cells.change([[cells.order[at], name, text]]),
      chosen: () => cells.chosen?.(),
    };
  }

  isShown() { return isShown("files"); }
}
