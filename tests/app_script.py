"""A person's way through `tregate app`, from a folder of an instrument to signed tables, in steps.

Each step knows from the files whether what it does is there already, so that nothing is done twice.
"""

import csv
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from app_person import Person, ask_for, cell, open_study
from cli_running import rows

from tregate.gating.strategy.yaml_source import parse_yaml
from tregate.pipelines.review.audit_log import read_log

WHO = "A. Reader"
MISTYPED = "S02 D8 NK"
"""The tube whose lot is wrong in the laboratory's sheet."""
TUBES = 27
REVIEW = "review"


@dataclass(frozen=True)
class Step:
    """What a person does on one view, and whether it is in the files."""

    name: str
    view: str
    do: Callable[[], None]
    is_kept: Callable[[], bool] | None = None
    """None: it leaves nothing in the study's files."""


@dataclass
class Script:
    """The way of one study. `written`: what the trial says of lots and volumes, as CSV text."""

    person: Person
    folder: Path
    written: dict[str, str]
    archive: Path

    def steps(self) -> Iterator[Step]:
        yield Step("set up", "begin", self.set_up, lambda: (self.folder / "study.yaml").exists())
        yield Step("bead lots", "files", self.list_lots, lambda: len(self.lots()) == 2 and "bead_lots" in self.study())
        yield Step("lots and volumes", "files", self.paste_lots, lambda: all(row["bead_lot"] for row in self.counted()))
        yield Step("the right lot", "files", self.correct_lot, lambda: "FC-7l" not in self.samples())
        yield Step("check", "files", self.check)
        yield Step("pipetting", "setup", self.state_pipetting, lambda: self.study().get("preparation_cv_percent") == 1)
        yield Step("primary visit", "setup", self.choose_primary_visit, lambda: "primary_visit: D8" in self.text())
        yield Step("run", "run", self.run, lambda: (self.out / "run.json").exists())
        for number in range(1, TUBES + 1):
            yield Step(f"tube {number}", REVIEW, self.confirm, lambda number=number: self.decisions() >= number)
        yield Step("signature", "results", self.sign, lambda: self.decisions() == TUBES + 1)
        yield Step("archive", "results", self.take, self.archive.exists)

    # ------------------------------------------------------------ what the files say

    @property
    def out(self) -> Path:
        return self.folder / "RESULTS"

    def text(self) -> str:
        return (self.folder / "study.yaml").read_text(encoding="utf-8")

    def study(self) -> dict[str, object]:
        return dict(parse_yaml(self.text(), "study.yaml").data)

    def samples(self) -> str:
        return (self.folder / "samples.csv").read_text(encoding="utf-8")

    def lots(self) -> list[dict[str, str]]:
        path = self.folder / "bead_lots.csv"
        return rows(path) if path.exists() else []

    def trial(self) -> dict[str, dict[str, str]]:
        """Subject, visit and tube -> the row of the trial."""
        listed = csv.DictReader(io.StringIO(self.written["samples.csv"]))
        return {f"{row['subject']} {row['visit']} {row['tube']}": row for row in listed}

    def counted(self) -> list[dict[str, str]]:
        """Rows of samples.csv that have a bead lot in the trial."""
        trial = self.trial()
        return [row for row in rows(self.folder / "samples.csv") if trial.get(tube_of(row["file"]), {}).get("bead_lot")]

    def decisions(self) -> int:
        """Entries of the log, of which none is broken."""
        log = read_log(self.out / "audit.jsonl")
        assert not log.broken
        return len(log.decisions)

    # ------------------------------------------------------------ the way to a view

    def arrive(self, view: str) -> None:
        """Go to the step's view from wherever the page is."""
        person = self.person
        shown = person.page.run("return document.body.dataset.view || ''")
        reviewing = person.page.run("return location.pathname.startsWith('/review/')")
        if reviewing and view == REVIEW:
            return
        if reviewing:
            person.click("#back")
            person.page.until(
                "return document.body.dataset.shown === 'results' && document.body.dataset.ready === 'yes'"
            )
            shown = "results"
        if shown == view or (view == "begin" and not shown):
            return
        if person.page.run("return document.querySelector('nav [data-view=files]').disabled"):
            open_study(person, self.folder)
            shown = "files"
        wanted = "results" if view == REVIEW else view
        if shown != wanted:
            ahead = f"#view-{shown} [data-next={wanted}]"
            there = person.page.run(f"return Boolean(document.querySelector({ahead!r}))")
            person.click(ahead if there else f"nav [data-view={wanted}]")
            person.wait("shown", wanted)
        if view == REVIEW:
            person.page.until("return document.body.dataset.table === 'treg.csv'")
            person.click("#to-review")
            person.page.until("return document.querySelector('#who') && document.body.dataset.ready === 'yes'", 120)

    def sheet(self, name: str, title: str) -> None:
        if self.person.page.run("return document.querySelector('.grid').getAttribute('aria-label')") != title:
            self.person.choose("#sheet", name)
            self.person.page.until(f"return document.querySelector('.grid').getAttribute('aria-label') === {title!r}")

    def saved(self) -> None:
        self.person.wait("saved", "All changes are written")

    # ------------------------------------------------------------ what a person does

    def set_up(self) -> None:
        ask_for(self.person, self.folder)
        self.person.page.until("return !document.querySelector('#reading').hidden")
        assert "27 of 29 FCS files recognised: 3 subjects" in self.person.page.text("#reading-lines")
        assert not (self.folder / "study.yaml").exists()
        self.person.click("#make")
        self.person.wait("shown", "files")

    def list_lots(self) -> None:
        self.sheet("bead_lots", "Bead lots")
        self.person.click(".grid")
        listed = list(csv.reader(io.StringIO(self.written["bead_lots.csv"])))[1:]
        self.person.paste("\n".join("\t".join(row[:3]) for row in listed))
        self.person.page.until("return document.querySelectorAll('.grid .body .row').length === 2")
        self.saved()
        assert "bead_lots: bead_lots.csv" in self.text()

    def paste_lots(self) -> None:
        """Lot and volumes as a laboratory's sheet has them, the lot of one file mistyped."""
        self.sheet("samples", "Files")
        self.person.click(cell(self.person.page, 0, "bead_lot"))
        lines, trial = [], self.trial()
        for row in rows(self.folder / "samples.csv"):
            row_of_trial = trial.get(tube_of(row["file"]), {})
            lot = row_of_trial.get("bead_lot", "")
            cells = (
                (lot, row_of_trial.get("bead_volume_ul", ""), row_of_trial.get("blood_volume_ul", ""))
                if lot
                else ("", "", "")
            )
            mistyped = cells[0].replace("FC-71", "FC-7l") if tube_of(row["file"]) == MISTYPED else cells[0]
            lines.append("\t".join((mistyped, *cells[1:])))
        self.person.paste("\n".join(lines))
        self.saved()
        self.person.wait("problems", "1")

    def correct_lot(self) -> None:
        page = self.person.page
        self.sheet("samples", "Files")
        self.person.wait("problems", "1")
        if not page.run("return document.querySelector('#faulty').checked"):
            self.person.click("#faulty")
        page.until("return document.querySelectorAll('.grid .body .row').length === 1")
        assert "FC-7l" in page.text(".grid .problem")
        assert "is not in the list of bead lots" in page.text(".grid .says")
        self.person.click(".grid .problem")
        assert "is not in the list of bead lots" in page.text("#cell-words")
        right = page.text(".grid .problem").replace("FC-7l", "FC-71")
        self.person.press("F2")
        self.person.fill(".grid input.edit", right)
        self.person.press("Enter")
        self.person.wait("problems", "0")
        self.saved()
        page.until("return document.querySelector('#grid-none').textContent.startsWith('No row has a problem')")

    def check(self) -> None:
        self.person.click("#check")
        self.person.wait("checked", "0")

    def state_pipetting(self) -> None:
        self.person.fill("#key-preparation_cv_percent", "1,0")
        self.person.leave()
        self.person.page.until("return document.querySelector('#key-preparation_cv_percent').value === '1'")
        self.saved()

    def choose_primary_visit(self) -> None:
        self.person.choose("#key-analysis-primary_visit", "D8")
        self.saved()
        assert "# in order; the first is the baseline" in self.text()

    def run(self) -> None:
        page = self.person.page
        page.until("return document.body.dataset.run")
        if page.run("return document.body.dataset.run === 'none'"):
            self.person.click("#start")
            self.person.wait("run", "running")
        self.person.wait("run", "ended")
        assert "27 of 29 tubes gated" in page.text("#run-end") or "27 of 27 tubes gated" in page.text("#run-end")

    def confirm(self) -> None:
        """Confirm the tube that is shown, or the next that has no mark."""
        page = self.person.page
        if page.run("return document.querySelector('#who').value !== arguments[0]", WHO):
            self.person.fill("#who", WHO)
            page.run("document.querySelector('#who').dispatchEvent(new Event('change'))")
            page.run("document.activeElement.blur()")
        page.until("return document.querySelector('#tubes li.current')?.dataset.i === document.body.dataset.tube")
        if page.run("return Boolean(document.querySelector('#tubes li.current .mark-confirmed'))"):
            self.person.press("g")
            page.until(
                "return document.querySelector('#tubes li.current')?.dataset.i === document.body.dataset.tube"
                " && !document.querySelector('#tubes li.current .mark-confirmed')"
            )
        wanted = int(re.findall(r"· (\d+) decision", page.text("#progress"))[0]) + 1
        self.person.press("r")
        page.until(
            f"return document.querySelector('#progress').textContent.includes('· {wanted} decision')"
            " && document.querySelector('#tubes li.current').dataset.i === document.body.dataset.tube"
        )

    def sign(self) -> None:
        page = self.person.page
        page.until(f"return document.querySelector('#results-state').textContent.includes('{TUBES} decisions')")
        self.person.fill("#sign-who", WHO)
        self.person.click("#sign")
        page.until("return document.querySelector('#signatures .ok')")

    def take(self) -> None:
        part = self.archive.with_suffix(".part")
        with self.person.page.page.expect_download() as download:
            self.person.click("#to-archive")
        download.value.save_as(part)
        part.rename(self.archive)


def tube_of(file: str) -> str:
    """Subject, visit and tube as a file of the instrument is named."""
    return re.sub(r"^Specimen_001_|_\d+\.fcs$", "", file)
