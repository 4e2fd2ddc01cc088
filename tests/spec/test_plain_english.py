"""Text for users: no private words, short sentences, messages of at most two sentences, "12 %" with a space.

Read are README.md, GLOSSARY.md, docs/*.md, every --help, and the report, findings and failures of a trial with every
named fault.
"""

import csv
import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
import typer
from cli_running import tregate

from tregate.fixtures.faults import FAULTS
from tregate.fixtures.trial import make_trial
from tregate.pipelines.commands.cli import app

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "pipelines" / "report" / "page"
DOCUMENTS = [ROOT / "README.md", ROOT / "GLOSSARY.md", *sorted((ROOT / "docs").glob("*.md"))]
COMMANDS = typer.main.get_command(app).commands  # type: ignore[attr-defined]

PRIVATE = r"""
\b(told|hardly|nobody|somebody|believable|unseen|mended|stumbled|veil|crowd|ink)\b
\b(taken|takes?|taking|took) out\b|\bput right\b|\bis there already\b|\bas they were\b
\bstands? (apart|beside|in|on|out|there)\b|\bspeaks? of\b|\brefuses? in words\b|\brooms?\b
\b(odd|oddest) (ones?|first|tubes?)\b|\boddest\b|\bunlike the others\b|\banother hand\b|\bother way\b
\brais(ed|es) its hand\b|\bdown the drain\b|\bslip of the pen\b|\bleads to expect\b
\blook(s|ed)? (it|them) over\b|\bneeds? a look\b|\blook at (it|this gate|these)\b|\blooks right\b|\blook again\b
\b(found|finds|find) (no|its|their) place\b|\bat its place\b|\bp floor\b|\bfloor of the pairs\b
\bone a (core|tube|visit|subject)\b|\b(row|line|file|process) a (tube|file|core|visit|subject)\b
no stain is called .* or .*
"""
FORBIDDEN = [re.compile(line, re.IGNORECASE) for line in PRIVATE.strip().splitlines()]
CLOSE_PERCENT = re.compile(r"\d%")
END_OF_SENTENCE = re.compile(r"[.!?:](?=\s|$)")
NEXT_SENTENCE = re.compile(r"[.!?]\s+(?=[A-Z`\"'$])")
MOST_WORDS = 35
MOST_CHARACTERS = 240


def faults_of(text: str) -> list[str]:
    """What is wrong with one piece of text, a heading, a cell, a paragraph or a message."""
    found = [match[0] for pattern in FORBIDDEN if (match := pattern.search(text))]
    found += CLOSE_PERCENT.findall(text)
    found += [one.strip() for one in END_OF_SENTENCE.split(text) if len(one.split()) > MOST_WORDS]
    return [f"{fault!r} in {text!r}" for fault in found]


def faults_of_message(text: str) -> list[str]:
    found = faults_of(text)
    if len(text) > MOST_CHARACTERS:
        found.append(f"{len(text)} characters: {text!r}")
    if len(NEXT_SENTENCE.split(text.strip())) > 2:
        found.append(f"more than two sentences: {text!r}")
    return found


@pytest.mark.parametrize(
    "text",
    [
        "What was found is told.",
        "The beads went down the drain.",
        "12% of the events",
        "no stain is called CD4 or T4 or Leu3",
        "word " * 36,
    ],
)
def test_private_words_are_found(text: str) -> None:
    assert faults_of(text)


def test_long_messages_are_found() -> None:
    assert faults_of_message("A. " + "x" * 240)
    assert faults_of_message("One thing. Another thing. A third.")
    assert not faults_of_message("CD4+: 12 % misclassified (limit 5 %). Review the gate.")


# ---------------------------------------------------------------- documents and help


def pieces(markdown: str) -> Iterator[str]:
    """Paragraphs, list items and cells, without code blocks, code spans, comments and link targets."""
    text = re.sub(r"^```.*?^```", "", markdown, flags=re.MULTILINE | re.DOTALL)
    text = re.sub(r"^ {4}\S.*$|<!--.*?-->", "", text, flags=re.MULTILINE)
    text = re.sub(r"`[^`\n]*`", "X", text)
    text = re.sub(r"\]\([^)]*\)", "]", text)
    for paragraph in re.split(r"\n\s*\n|\n(?=[-#|] ?)", text):
        yield from (cell.strip() for cell in re.split(r"(?<!\\)\|", paragraph) if cell.strip())


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_documents(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    assert [fault for piece in pieces(text) for fault in faults_of(" ".join(piece.split()))] == []


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help(command: str) -> None:
    done = tregate(*([command] if command else []), "--help")
    assert done.code == 0
    assert [fault for piece in re.split(r"\n|\s{2,}", done.out) for fault in faults_of(piece)] == []


# ---------------------------------------------------------------- a run


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Output folder of a small trial with every named fault."""
    trial, out = tmp_path_factory.mktemp("trial"), tmp_path_factory.mktemp("out")
    make_trial(trial, seed=4, subjects=2, visits=("D1", "D8"), events=(9_000, 11_000), withdrawn=0)
    for fault in FAULTS.values():
        fault.apply(trial)
    done = tregate("run", trial, "--out", out, "--workers", "1", "--quiet")
    assert done.code == 1, done.err
    return out


@pytest.mark.parametrize("name", ["findings.csv", "failures.csv"])
def test_messages(results: Path, name: str) -> None:
    with (results / name).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows
    messages = {without_folders(row["message"]) for row in rows}
    assert [fault for message in sorted(messages) for fault in faults_of_message(message)] == []


def without_folders(message: str) -> str:
    return re.sub(r"/\S*/", "/", message)


class Visible(HTMLParser):
    """Text nodes, `title` and `aria-label`, and the texts of embedded JSON."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.inside = ""
        self.json = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.inside = tag
        self.json = ("type", "application/json") in attrs
        self.texts += [
            value for name, value in attrs if name in ("title", "aria-label", "placeholder", "alt") and value
        ]

    def handle_endtag(self, tag: str) -> None:
        self.inside = ""

    def handle_data(self, data: str) -> None:
        if self.inside == "script" and self.json:
            self.texts += strings(json.loads(data))
        elif self.inside not in ("script", "style"):
            self.texts.append(data)


def strings(value: object) -> Iterator[str]:
    """Texts of JSON that are read: those of several words."""
    if isinstance(value, str) and " " in value:
        yield value
    elif isinstance(value, list):
        yield from (text for one in value for text in strings(one))
    elif isinstance(value, dict):
        yield from (text for one in value.values() for text in strings(one))


def test_the_report(results: Path) -> None:
    page = Visible()
    page.feed((results / "report.html").read_text(encoding="utf-8"))
    texts = {" ".join(text.split()) for text in page.texts}
    assert len(texts) > 100
    assert [fault for text in sorted(texts) for fault in faults_of(without_folders(text))] == []


@pytest.mark.parametrize("script", sorted(PAGE.glob("*.js")), ids=lambda path: path.name)
def test_texts_of_scripts(script: Path) -> None:
    code = re.sub(r"^\s*//.*$", "", script.read_text(encoding="utf-8"), flags=re.MULTILINE)
    texts = re.findall(r'"([^"\n]* [^"\n]*)"|`([^`\n]*)`', code)
    assert [fault for pair in texts for text in pair for fault in faults_of(re.sub(r"\$\{[^}]*\}", "N", text))] == []
