// Text of a spreadsheet and back: cells by tabs, rows by line ends, quotes around what holds either.
export function blockOf(text) {
  const rows = [[]];
  let cell = "";
  let quoted = false;
  const clean = text.replace(/\r\n?/g, "\n").replace(/\n$/, "");
  for (let i = 0; i < clean.length; i += 1) {
    const letter = clean[i];
    if (quoted) {
      if (letter === '"' && clean[i + 1] === '"') { cell += '"'; i += 1; }
      else if (letter === '"') quoted = false;
      else cell += letter;
    } else if (letter === '"' && cell === "") quoted = true;
    else if (letter === "\t") { rows.at(-1).push(cell); cell = ""; }
    else if (letter === "\n") { rows.at(-1).push(cell); cell = ""; rows.push([]); }
    else cell += letter;
  }
  rows.at(-1).push(cell);
  return rows;
}

const safe = (cell) => (/[\t\n"]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
export const textOf = (rows) => rows.map((row) => row.map(safe).join("\t")).join("\n");
