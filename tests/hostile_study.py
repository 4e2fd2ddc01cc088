"""A small study in which every file is the user's own, and ways to spoil one of them."""

import csv
import io
import random
import re
import shutil
import zipfile
from pathlib import Path

import openpyxl

from tregate.fixtures.tube import make_tube
from tregate.gating.strategy.load import shipped

WRITTEN = (
    "study.yaml", "samples.csv", "bead_lots.csv", "strategy.yaml", "panel.yaml", "tables.yaml", "matrix.csv",
    "gates.csv", "review.csv", "samples.xlsx",
)  # fmt: skip
"""Every file that a user writes or may edit."""

STUDY = """\
study: fuzz
samples: samples.csv
bead_lots: bead_lots.csv
visits: [D1, D8]
baseline: D1
tubes: {T: strategy.yaml}
tables: tables.yaml
preparation_cv_percent: 2.6
checks: {bead_events_warn: 500}
analysis: {summary: {test: wilcoxon}}
"""
SAMPLES = """\
file,subject,visit,tube,bead_lot,bead_volume_ul,blood_volume_ul,compensation,dataset,exclude,note
a.fcs,S01,D1,T,L1,100,100,matrix.csv,1,,first
b.fcs,S01,D8,T,L1,100,100,,,,
c.fcs,S02,D1,T,L1,100,100,,,"spilled, twice",
"""
LOTS = "bead_lot,beads_per_ul,expires,cv_percent\nL1,1000,2030-12-31,2\n"
REVIEW = (
    "who,when,subject,visit,tube,file,population,mark,reason\n"
    "AB,2030-01-02T10:00:00Z,S01,D1,T,a.fcs,,take out,clotted\n"
    "AB,2030-01-02T10:00:00Z,S01,D8,T,b.fcs,NK,looks right,\n"
)


def make_study(folder: Path) -> None:
    """A study of two tubes; gates.csv is added by a run."""
    folder.mkdir(parents=True)
    for name, seed in (("a", 3), ("b", 5)):
        make_tube("tetrachrome_nk", seed=seed, events=2_500).write(folder / f"{name}.fcs")
    shutil.copy(folder / "a.fcs", folder / "c.fcs")
    panel = shipped("panels", "tetrachrome_nk").read_text(encoding="utf-8")
    strategy = shipped("strategies", "tetrachrome_nk").read_text(encoding="utf-8")
    texts = {
        "study.yaml": STUDY.replace("analysis: {summary: {test: wilcoxon}}\n", ""),
        "samples.csv": SAMPLES,
        "bead_lots.csv": LOTS,
        "review.csv": REVIEW,
        "panel.yaml": panel,
        "strategy.yaml": strategy.replace("panels/tetrachrome_nk", "panel.yaml"),
        "tables.yaml": shipped("tables", "treg_nk").read_text(encoding="utf-8"),
        "matrix.csv": "FL1-A,FL2-A,FL3-A,FL4-A\n1,0.2,0.02,0\n0.03,1,0.2,0.02\n0,0.05,1,0.1\n0,0.01,0.02,1\n",
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    book = openpyxl.Workbook()
    for row in csv.reader(SAMPLES.splitlines()):
        book.active.append([float(cell) if cell.isdigit() else cell or None for cell in row])
    book.save(folder / "samples.xlsx")


TOKENS = (
    b"\0", b"\xff", b"\xfe\xff", b"\x1b[2J", b"\r", b"\n", b",", b";", b'"', b"'", b"{", b"}", b"[", b"]", b":", b": ",
    b"- ", b"&a ", b"*a", b"!!python/object ", b"|\n", b">", b"%", b"@", b"?", b"<<: ", b"#", b"\t", b"~", b"null",
    b"true", b"-1", b"0", b"0.0", b"1e400", b"-1e400", b"nan", b".nan", b".inf", b"inf", b"1,007", b"1_000", b"0x1F",
    b"9" * 40, b"9" * 5000, b"1e-320", b"\xc2\xa0", b"\xe2\x80\xae", b"\xef\xbb\xbf", b"../../etc/passwd", b"/dev/zero",
    b"a" * 300, b"\xcc\x88", b"=1+1", b"[" * 60, b"[" * 3000, b"{a: " * 60, b"", b"all", b"beads", b"CD3", b"FSC-A",
    b"Time", b"kind: valley", b"kind: beads", b"otherwise: {kind: tail}", b"quantile: 7", b"low: 5, high: 1",
    b"parent: NK", b"none_of: [NK]", b"a.fcs", b"S01", b"D1", b"31.12.2030", b"take out", b"polygon",
    b"\"vertices\": []",
    b"\"top\": 0", b"\"marker\": \"CD99\"", b"null, null",
)  # fmt: skip


def spoiled(data: bytes, rng: random.Random) -> bytes:
    """The bytes of a file with one to four mistakes, from typing errors to bytes that no keyboard types."""
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        data = rng.choice(_WAYS)(data, rng)
    return data[:400_000]


def spoiled_workbook(data: bytes, rng: random.Random) -> bytes:
    """A workbook with mistakes in one of its parts, or in its own bytes."""
    if rng.random() < 0.2:
        return spoiled(data, rng)
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        parts = {name: packed.read(name) for name in packed.namelist()}
    name = rng.choice((*parts, *["xl/worksheets/sheet1.xml"] * len(parts)))
    parts[name] = rng.choice((_cell_far_away, spoiled, spoiled))(parts[name], rng)
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as packed:
        for part, text in parts.items():
            packed.writestr(part, text)
    return made.getvalue()


def _cell_far_away(data: bytes, rng: random.Random) -> bytes:
    """A cell, or the stated size of a sheet, at the far end of what a workbook may have."""
    far = rng.choice((b"XFD1048576", b"A1048576", b"XFD1", b"ZZZ9", b"A0", b"A1:XFD1048576", b"1"))
    place = rb'(?<=")[A-Z]+\d+(?::[A-Z]+\d+)?(?=")'
    return re.sub(place, far, data, count=rng.choice((1, 2, 9)))


def _token(data: bytes, rng: random.Random) -> bytes:
    at = rng.randint(0, len(data))
    return data[:at] + rng.choice(TOKENS) + data[at:]


def _byte(data: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(max(len(data), 1))
    return data[:at] + bytes([rng.randrange(256)]) + data[at + 1 :]


def _cut(data: bytes, rng: random.Random) -> bytes:
    low, high = sorted(rng.randint(0, len(data)) for _ in range(2))
    return data[:low] + data[min(high, low + rng.choice((1, 3, 40, 4000))) :]


def _line(data: bytes, rng: random.Random) -> bytes:
    lines = data.split(b"\n")
    one, two = (rng.randrange(len(lines)) for _ in range(2))
    match rng.randrange(4):
        case 0:
            del lines[one]
        case 1:
            lines.insert(two, lines[one])
        case 2:
            lines[one], lines[two] = lines[two], lines[one]
        case _:
            lines[one] = b"  " + lines[one]
    return b"\n".join(lines)


def _word(data: bytes, rng: random.Random) -> bytes:
    """One word or cell becomes another thing."""
    places = [i for i, byte in enumerate(data) if byte in b",:[]{} \n"]
    if not places:
        return _token(data, rng)
    begin = rng.choice(places) + 1
    end = next((i for i in places if i > begin), len(data))
    return data[:begin] + rng.choice(TOKENS) + data[end:]


def _number(data: bytes, rng: random.Random) -> bytes:
    """One digit becomes another, or a number loses or gains a mark."""
    places = [i for i, byte in enumerate(data) if byte in b"0123456789."]
    if not places:
        return _token(data, rng)
    at = rng.choice(places)
    return data[:at] + rng.choice((b"0", b"9", b".", b"-", b"e", b",", b"99999999", b"")) + data[at + 1 :]


def _aliases(data: bytes, rng: random.Random) -> bytes:
    """Anchors that expand without end, at the end of a YAML."""
    levels = rng.randint(2, 9)
    lines = [b"x0: &x0 [1, 2, 3]"]
    lines += [b"x%d: &x%d [%s]" % (i, i, b", ".join([b"*x%d" % (i - 1)] * 9)) for i in range(1, levels)]
    return data + b"\n" + b"\n".join(lines) + b"\n"


def _encoding(data: bytes, rng: random.Random) -> bytes:
    return data.decode("utf-8", errors="replace").encode(
        rng.choice(("utf-16", "utf-8-sig", "utf-32", "cp1252")), errors="replace"
    )


def _separator(data: bytes, rng: random.Random) -> bytes:
    """As a PC with decimal commas saves a sheet."""
    mark = rng.choice((b";", b"\t", b"|"))
    return rng.choice((b"", b"sep=" + mark + b"\n")) + data.replace(b",", mark).replace(b".", b",")


_WAYS = (
    _token,
    _token,
    _word,
    _word,
    _word,
    _number,
    _number,
    _byte,
    _cut,
    _line,
    _line,
    _aliases,
    _encoding,
    _separator,
)
