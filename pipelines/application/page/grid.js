// A grid of thousands of rows of which only those in view are elements. It knows no study: what is in a cell, and what a
// change does, is asked of its owner.
import { h } from "./dom.js";

const ROW = 26;
const HEAD = 28;
const BEYOND = 8;
const WIDE = { file: 300, subject: 90, visit: 90, tube: 90, bead_lot: 110, bead_volume_ul: 146, blood_volume_ul: 154, beads_per_tube: 146, include_in_primary: 170, exclude: 170, note: 190, says: 420, "#": 54 };

const FROZEN = ["file", "subject", "visit", "tube"];
const ROOM = 400; // pixels that the other columns have at least, or nothing is frozen

export class Grid {
  // owner: columns [{name, words}], count(), text(at, column), mark(at, column) -> {level, words} or undefined,
  // excluded(at), says(at), number(at), choices(column), sorted(column), chosen(), edit(at, column, text)
  constructor(host, owner, label) {
    this.owner = owner;
    this.at = [0, 0];
    this.from = [0, 0];
    this.head = h("div", { class: "head", role: "row", "aria-rowindex": 1 });
    this.body = h("div", { class: "body", role: "rowgroup" });
    this.box = h("div", { class: "grid", role: "grid", tabindex: 0, "aria-label": label, "aria-multiselectable": "true" }, h("div", { role: "rowgroup", class: "heads" }, this.head), this.body);
    this.choices = h("datalist", { id: "grid-choices" });
    this.drawn = new Map();
    host.replaceChildren(this.box, this.choices);
    this.box.addEventListener("scroll", () => this.draw());
    this.body.addEventListener("mousedown", (event) => this.press(event));
    this.body.addEventListener("mouseover", (event) => { if (event.buttons === 1 && this.dragging) { const cell = this.cellAt(event.target); if (cell) this.go(cell, true); } });
    this.body.addEventListener("dblclick", () => this.edit());
    addEventListener("mouseup", () => { this.dragging = false; });
    new ResizeObserver(() => { if (this.widths && this.frozen !== this.ends().at(-1)) this.renew(); else this.draw(); }).observe(this.box);
  }

  // Where the columns that stay in sight begin, and where the last of them ends: what a row is, before what is in it.
  ends() {
    const ends = [0, WIDE["#"]];
    for (const { name } of this.columns) {
      if (!FROZEN.includes(name) || !this.columns.some((one) => one.name === "file")) break;
      ends.push(ends.at(-1) + (WIDE[name] || 118));
    }
    return ends.at(-1) + ROOM > this.box.clientWidth ? [0] : ends;
  }

  // The place of column i (0: numbers) where it is frozen.
  freeze(cell, i) {
    if (i >= this.lefts.length - 1) return cell;
    cell.classList.add("frozen");
    cell.classList.toggle("last", i === this.lefts.length - 2);
    cell.style.left = `${this.lefts[i]}px`;
    return cell;
  }

  get columns() { return this.owner.columns; }

  // New columns, rows or order: everything is drawn again.
  renew() {
    const widths = ["#", ...this.columns.map((one) => one.name), "says"].map((name) => `${WIDE[name] || 118}px`).join(" ");
    this.widths = widths;
    this.lefts = this.ends();
    this.frozen = this.lefts.at(-1);
    this.box.style.scrollPaddingLeft = `${this.frozen}px`;
    this.head.style.gridTemplateColumns = widths;
    const name = (one) => h("span", { class: "name" }, one);
    const cell = (content, index, sort) => h("div", { role: "columnheader", "aria-colindex": index, "aria-sort": sort }, content);
    const heads = this.columns.map((column, i) => {
      const sort = this.owner.sorting?.name === column.name ? (this.owner.sorting.down ? "descending" : "ascending") : "none";
      const arrow = { ascending: " ▲", descending: " ▼", none: "" }[sort];
      return cell(h("button", { type: "button", tabindex: -1, title: column.words || column.name, onclick: () => this.owner.sort(column.name) }, column.name + arrow), i + 2, sort);
    });
    this.head.replaceChildren(...[cell(name("#"), 1), ...heads].map((one, i) => this.freeze(one, i)), cell(name("problems"), this.columns.length + 2));
    this.box.setAttribute("aria-colcount", this.columns.length + 2);
    this.redraw();
  }

  // The same columns, other contents.
  redraw() {
    const count = this.owner.count();
    this.box.setAttribute("aria-rowcount", count + 1);
    this.body.style.height = `${count * ROW}px`;
    const last = [Math.max(count - 1, 0), this.columns.length - 1];
    for (const point of [this.at, this.from]) for (const i of [0, 1]) point[i] = Math.max(0, Math.min(point[i], last[i]));
    for (const row of this.drawn.values()) row.remove();
    this.drawn.clear();
    this.draw();
  }

  draw() {
    const count = this.owner.count();
    const top = Math.max(0, Math.floor(this.box.scrollTop / ROW) - BEYOND);
    const end = Math.min(count, Math.ceil((this.box.scrollTop + this.box.clientHeight) / ROW) + BEYOND);
    for (const [at, row] of this.drawn) if (at < top || at >= end) { row.remove(); this.drawn.delete(at); }
    const made = [];
    for (let at = top; at < end; at += 1) if (!this.drawn.has(at)) { const row = this.row(at); this.drawn.set(at, row); made.push(row); }
    this.body.append(...made);
    this.light();
  }

  row(at) {
    const cells = this.columns.map((column, i) => {
      const mark = this.owner.mark(at, column.name);
      const classes = mark?.level;
      return h("div", { role: "gridcell", id: `cell-${at}-${i}`, class: classes || null, "data-at": at, "data-i": i, "aria-colindex": i + 2, "aria-invalid": mark?.level === "problem" ? "true" : null, title: mark?.words || null }, this.owner.text(at, column.name));
    });
    const says = this.owner.says(at);
    const row = h("div", { role: "row", class: this.owner.excluded(at) ? "row excluded" : "row", "aria-rowindex": at + 2 },
      ...[h("div", { role: "rowheader", class: "number", "aria-colindex": 1 }, String(this.owner.number(at))), ...cells].map((one, i) => this.freeze(one, i)),
      h("div", { role: "gridcell", class: "says", "data-says": at, "aria-colindex": this.columns.length + 2, title: says || null }, says));
    row.style.top = `${at * ROW}px`;
    row.style.gridTemplateColumns = this.widths;
    return row;
  }

  // ---------------------------------------------------------------- selection

  get range() {
    const [a, b] = [this.from, this.at];
    return { top: Math.min(a[0], b[0]), end: Math.max(a[0], b[0]), left: Math.min(a[1], b[1]), right: Math.max(a[1], b[1]) };
  }

  light() {
    const { top, end, left, right } = this.range;
    for (const [at, row] of this.drawn) {
      const inside = at >= top && at <= end;
      for (const cell of row.querySelectorAll("[data-i]")) {
        const i = Number(cell.dataset.i);
        const chosen = inside && i >= left && i <= right;
        cell.classList.toggle("chosen", chosen);
        cell.classList.toggle("active", at === this.at[0] && i === this.at[1]);
        if (chosen) cell.setAttribute("aria-selected", "true");
        else cell.removeAttribute("aria-selected");
      }
    }
    if (this.drawn.has(this.at[0]) && this.owner.count()) this.box.setAttribute("aria-activedescendant", `cell-${this.at[0]}-${this.at[1]}`);
    else this.box.removeAttribute("aria-activedescendant");
  }

  go([at, i], extend = false) {
    this.at = [Math.max(0, Math.min(at, this.owner.count() - 1)), Math.max(0, Math.min(i, this.columns.length - 1))];
    if (!extend) this.from = [...this.at];
    const top = this.at[0] * ROW;
    if (top < this.box.scrollTop) this.box.scrollTop = top;
    else if (top + ROW > this.box.scrollTop + this.box.clientHeight - HEAD) this.box.scrollTop = top + ROW + HEAD + 16 - this.box.clientHeight;
    this.draw();
    const cell = this.element();
    if (cell) {
      const [left, right] = [cell.offsetLeft, cell.offsetLeft + cell.offsetWidth];
      if (this.at[1] + 1 < this.lefts.length - 1) this.box.scrollLeft = Math.min(this.box.scrollLeft, 0);
      else if (left < this.box.scrollLeft + this.frozen) this.box.scrollLeft = left - this.frozen - 8;
      else if (right > this.box.scrollLeft + this.box.clientWidth) this.box.scrollLeft = right - this.box.clientWidth + 8;
    }
    this.owner.chosen();
  }

  element() { return this.drawn.get(this.at[0])?.querySelector(`[data-i="${this.at[1]}"]`); }

  cellAt(target) {
    const cell = target.closest?.("[data-at]");
    return cell ? [Number(cell.dataset.at), Number(cell.dataset.i)] : null;
  }

  // The cell that a row's problem is about.
  faulty(at) {
    const i = this.columns.findIndex(({ name }) => this.owner.mark(at, name));
    return i < 0 ? null : [at, i];
  }

  press(event) {
    const says = event.target.closest?.("[data-says]");
    const cell = says ? this.faulty(Number(says.dataset.says)) : this.cellAt(event.target);
    if (!cell || event.button !== 0) return;
    event.preventDefault();
    this.box.focus({ preventScroll: true });
    this.dragging = true;
    this.go(cell, event.shiftKey);
  }

  // ---------------------------------------------------------------- one cell typed

  edit(typed) {
    const column = this.columns[this.at[1]];
    const cell = this.element();
    if (!cell || this.editing) return;
    const input = h("input", { class: "edit", "aria-label": `${column.name}, row ${this.owner.number(this.at[0])}`, autocomplete: "off", list: "grid-choices", spellcheck: "false" });
    this.choices.replaceChildren(...this.owner.choices(column.name).map((one) => h("option", { value: one })));
    input.value = typed ?? this.owner.text(this.at[0], column.name);
    input.style.left = `${cell.offsetLeft}px`;
    input.style.top = `${this.at[0] * ROW}px`;
    input.style.width = `${Math.max(cell.offsetWidth, 140)}px`;
    this.editing = input;
    const at = this.at[0];
    const end = (keep) => {
      if (this.editing !== input) return;
      this.editing = null;
      const text = input.value.trim();
      input.remove();
      if (keep && text !== this.owner.text(at, column.name)) this.owner.edit(at, column.name, text);
      this.box.focus({ preventScroll: true });
    };
    input.addEventListener("blur", () => end(true));
    input.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key === "Escape") end(false);
      else if (event.key === "Enter" || event.key === "Tab") {
        event.preventDefault();
        end(true);
        this.go(event.key === "Enter" ? [this.at[0] + (event.shiftKey ? -1 : 1), this.at[1]] : [this.at[0], this.at[1] + (event.shiftKey ? -1 : 1)]);
      }
    });
    this.body.append(input);
    input.focus();
    if (typed === undefined) input.select();
  }
}
