"""`tregate app`: what the server answers, that what it confirms is in the files, and what it refuses in words."""

import hashlib
import json
import os
import re
import shutil
import tempfile
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from app_server import app_serving
from cli_running import rows, tregate
from review_server import Server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with app_serving(None, tmp_path_factory.mktemp("app")) as running:
        running.enter()
        yield running


class Page:
    """What the page asks about one study."""

    def __init__(self, server: Server, folder: Path) -> None:
        self.server, self.folder = server, folder

    def get(self, api: str, /, **more: Any) -> tuple[int, Any]:
        query = "&".join(f"{key}={quote(str(value))}" for key, value in {"folder": self.folder, **more}.items())
        return self.server.get(f"/api/{api}?{query}")

    def post(self, api: str, /, **more: Any) -> tuple[int, Any]:
        return self.server.post(f"/api/{api}", {"folder": str(self.folder), **more})

    def change(self, *changes: tuple[int, str, str], sheet: str = "samples", seen: str = "") -> tuple[int, Any]:
        there = seen or self.get("sheet", sheet=sheet)[1]["sha256"]
        return self.post("cells", sheet=sheet, seen=there, changes=list(changes))


@pytest.fixture
def page(server: Server, spoiled: Path) -> Page:
    return Page(server, spoiled)


def test_only_the_page_itself_is_answered(server: Server) -> None:
    own = {"cookie": server.cookie}
    asked = "/api/folder?path=/"
    assert server.ask("GET", asked, headers=own)[0] == 200
    for headers, status in [
        ({}, 401),
        ({**own, "host": "evil.example"}, 421),
        ({**own, "origin": "http://evil.example"}, 403),
        ({**own, "sec-fetch-site": "cross-site"}, 403),
    ]:
        assert server.ask("GET", asked, headers=headers)[0] == status
    assert server.ask("POST", "/api/cells", {}, own)[0] == 403
    assert server.ask("GET", "/../app.py", headers=own)[0] == 404
    policy = server.ask("GET", "/", headers=own)[2]["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_a_cell_is_in_the_file_and_only_its_row_changed(page: Page) -> None:
    samples = page.folder / "samples.csv"
    before = samples.read_bytes().split(b"\n")
    status, answer = page.change((0, "exclude", "clotted, twice"), (0, "bead_volume_ul", "99,5"))
    assert status == 200
    assert answer["sha256"] == hashlib.sha256(samples.read_bytes()).hexdigest()
    assert rows(samples)[0]["exclude"] == "clotted, twice"
    after = samples.read_bytes().split(b"\n")
    assert [line + b"," for line in before[2:-1]] == after[2:-1]  # the new column, and nothing else
    assert page.change((10**6, "subject", "S1"))[0] == 404
    assert page.change((0, "no such column", "S1"))[0] == 404


def test_a_file_changed_outside_is_never_overwritten(page: Page) -> None:
    seen = page.get("sheet", sheet="samples")[1]["sha256"]
    samples = page.folder / "samples.csv"
    samples.write_bytes(samples.read_bytes() + b"\n")
    outside = samples.read_bytes()
    status, answer = page.change((0, "visit", "D8"), seen=seen)
    assert status == 409
    assert "changed outside" in answer["message"]
    assert samples.read_bytes() == outside
    assert page.get("state")[1]["samples"] == hashlib.sha256(outside).hexdigest()


def test_two_windows_cannot_lose_each_others_cells(page: Page) -> None:
    seen = page.get("sheet", sheet="samples")[1]["sha256"]
    assert page.change((0, "subject", "S01a"), seen=seen)[0] == 200
    assert page.change((1, "subject", "S01b"), seen=seen)[0] == 409
    assert [row["subject"] for row in rows(page.folder / "samples.csv")[:2]] == ["S01a", "S01"]


AS_ANYBODY = (
    ("setpriv", "--bounding-set", "-dac_override,-dac_read_search") if os.name == "posix" and not os.geteuid() else ()
)
"""Root may write everywhere; a program that is started by this has to keep to the permissions of files."""


@pytest.mark.skipif(os.name != "posix", reason="folders are made read-only otherwise on this system")
@pytest.mark.skipif(bool(AS_ANYBODY) and not shutil.which("setpriv"), reason="root needs setpriv to be kept out")
def test_a_read_only_folder_is_reported_in_words(page: Page, trial: Path) -> None:
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        folder = Path(shutil.copytree(trial, place / "study"))
        for path in (place, *place.rglob("*")):
            path.chmod(0o555 if path.is_dir() else 0o444)
        before = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
        try:
            with app_serving(folder, page.folder.parent, before=AS_ANYBODY) as server:
                server.enter()
                closed = Page(server, folder)
                status, answer = closed.change((0, "subject", "S9"))
                assert status == 500, answer
                assert "/samples.csv: " in answer["message"]
                assert "nothing was written. Copy the study to a folder of your own." in answer["message"]
                form = closed.get("form")[1]
                assert closed.post("keys", seen=form["sha256"], changes=[[["study"], "x"]])[0] == 500
                status, answer = closed.post("start-run", out="RESULTS", workers=1)
                assert status == 500, answer
        finally:
            for path in (place, *place.rglob("*")):
                path.chmod(0o755 if path.is_dir() else 0o644)
        assert {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()} == before


def test_problems_are_at_their_cells(page: Page) -> None:
    assert page.change((0, "visit", "D99"), (3, "visit", "D99"), (1, "bead_volume_ul", "much"))[0] == 200
    marks = page.get("problems")[1]["marks"]["samples"]
    assert {(one["row"], one["column"]) for one in marks if one["level"] == "problem"} >= {
        (0, "visit"),
        (3, "visit"),
        (1, "bead_volume_ul"),
    }
    checked = page.get("check")[1]
    assert {(one["row"], one["column"]) for one in checked["marks"]["samples"]} >= {(0, "visit"), (1, "bead_volume_ul")}


def test_keys_of_the_study_keep_comments_and_refuse_what_is_no_value(page: Page) -> None:
    study = page.folder / "study.yaml"
    study.write_bytes(b"# mine\n" + study.read_bytes())
    before = study.read_text(encoding="utf-8")
    form = page.get("form")[1]
    seen = form["sha256"]
    wrong = [
        (["preparation_cv_percent"], "1,007"),
        (["preparation_cv_percent"], "high"),
        (["analysis", "adjust"], "by eye"),
        (["coincidence"], "perhaps"),
        (["analysis", "responders"], "[{measure: x"),
        (["visits"], [{"name": "D1", "day": "0"}]),
    ]
    for path, value in wrong:
        status, answer = page.post("keys", seen=seen, changes=[[path, value]])
        assert status == 422, (path, answer)
        assert study.read_text(encoding="utf-8") == before
    status, answer = page.post(
        "keys", seen=seen, changes=[[["preparation_cv_percent"], "2,6"], [["analysis", "adjust"], "holm"]]
    )
    assert status == 200, answer
    keys = {".".join(key["path"]): key for section in answer["sections"] for key in section["keys"]}
    assert keys["preparation_cv_percent"]["value"] == "2.6"
    assert keys["analysis.adjust"]["value"] == "holm"
    after = study.read_text(encoding="utf-8")
    assert after.startswith("# mine\n")
    assert "preparation_cv_percent: 2.6" in after
    assert page.post("keys", seen=seen, changes=[[["study"], "other"]])[0] == 409


def test_every_key_of_the_models_has_a_form_and_a_sentence(page: Page) -> None:
    from tregate.pipelines.application.sentences import ANALYSIS, BEADS, STUDY
    from tregate.pipelines.study.analysis import Analysis
    from tregate.pipelines.study.bead_defaults import BeadDefault
    from tregate.pipelines.study.study_file import StudyFile

    for model, sentences in ((StudyFile, STUDY), (Analysis, ANALYSIS), (BeadDefault, BEADS)):
        assert set(model.model_fields) == set(sentences)
    shown = {key["path"][-1] for section in page.get("form")[1]["sections"] for key in section["keys"]}
    assert shown == {*STUDY, *ANALYSIS} - {"analysis"}


def test_a_run_is_watched_to_its_end_and_its_archive_is_whole(page: Page, trial: Path, tmp_path: Path) -> None:
    status, answer = page.post("start-run", out="RESULTS", workers=1)
    assert status == 200, answer
    assert page.post("start-run", out="RESULTS", workers=1)[0] == 422  # it is not finished
    end = time.monotonic() + 120
    while (answer := page.get("run", out="RESULTS")[1])["running"]:
        assert time.monotonic() < end
        time.sleep(0.2)
    assert answer["exit"] == 0, answer
    assert answer["done"] == answer["total"] == len(rows(trial / "samples.csv"))
    assert answer["outcome"]["status"] == "completed"
    assert tregate("run", page.folder, "--out", tmp_path / "cli", "--workers", "1").code == 0
    made = {path.name: path.read_bytes() for path in (page.folder / "RESULTS").glob("*.csv")}
    assert made
    assert made == {path.name: path.read_bytes() for path in (tmp_path / "cli").glob("*.csv")}

    results = page.get("results", out="RESULTS")[1]
    assert not results["changed"]
    assert not results["inputs_changed"]
    table = page.get("table", out="RESULTS", name="treg.csv")[1]
    assert [dict(zip(table["columns"], row, strict=True)) for row in table["rows"]] == rows(
        page.folder / "RESULTS" / "treg.csv"
    )
    for name in ("../samples.csv", "/etc/passwd", ".lock", "samples.csv"):
        assert page.get("file", out="RESULTS", name=name)[0] == 422, name

    seen = page.get("results", out="RESULTS")[1]["coverage"][0]
    assert seen["reviewed"] == 0
    assert seen["words"] == f"0 of {seen['tubes']} tubes reviewed"
    report = f"/api/report?folder={quote(str(page.folder))}&out=RESULTS"
    assert fetched(page, report) == (page.folder / "RESULTS" / "report.html").read_bytes()  # nothing is decided yet
    signature = {"out": "RESULTS", "who": "A. <Reader>", "statement": "I reviewed all tubes."}
    status, answer = page.post("sign", **signature)
    assert (status, f"{seen['tubes']} of {seen['tubes']} tubes are not reviewed" in str(answer)) == (422, True)
    assert "--" not in str(answer)
    status, answer = page.post("sign", **signature, incomplete=True)
    assert status == 200, answer
    assert answer["signatures"][0]["broken"] == []
    signed_at = answer["signatures"][0]["time"]
    assert seen["words"] in answer["signatures"][0]["words"]
    manual = "subject,visit,measure,value\n" + "".join(
        f"{row['subject']},{row['visit']},treg_percent_of_cd4,{row['treg_percent_of_cd4']}\n"
        for row in rows(page.folder / "RESULTS" / "treg.csv")
    )
    status, answer = page.post("compare", out="RESULTS", text=manual)
    assert status == 200, answer
    assert answer["tables"][0]["rows"]

    # the page of the signed run says so, from the decisions beside it; its file is as it was signed
    shown = fetched(page, report).decode("utf-8")
    assert f"Signed by A. &lt;Reader&gt;, {signed_at}: I reviewed all tubes. ({seen['words']})." in shown
    assert f'<html lang="en" data-reviewed="{seen["words"]}" data-signed>' in shown
    _, _, policy = page.server.ask("GET", report, headers={"cookie": page.server.cookie})
    assert "sandbox" in policy["content-security-policy"]
    assert "allow-same-origin" not in policy["content-security-policy"]

    zipped = tmp_path / "all.zip"
    zipped.write_bytes(fetched(page, f"/api/archive?folder={quote(str(page.folder))}&out=RESULTS"))
    with zipfile.ZipFile(zipped) as archive:
        archive.extractall(tmp_path / "elsewhere")
    (out,) = (tmp_path / "elsewhere").rglob("RESULTS")
    done = tregate("verify", out)
    assert done.code == 0, done.out
    assert re.search(r"(\d+) of \1 files are as recorded", done.out)
    (out.parent / "samples.csv").write_text("x", encoding="utf-8")
    assert tregate("verify", out).code == 1


def fetched(page: Page, path: str) -> bytes:
    import urllib.request

    request = urllib.request.Request(page.server.origin + path, headers={"cookie": page.server.cookie})
    with urllib.request.urlopen(request) as answer:
        return bytes(answer.read())


def test_a_run_is_stopped_and_goes_on(page: Page) -> None:
    assert page.post("start-run", out="T", workers=1)[0] == 200
    end = time.monotonic() + 60
    while (answer := page.get("run", out="T")[1])["running"] and answer["done"] < 2:
        assert time.monotonic() < end
        time.sleep(0.05)
    page.post("stop-run", out="T")
    while (answer := page.get("run", out="T")[1])["running"]:
        assert time.monotonic() < end
        time.sleep(0.1)
    assert answer["outcome"]["status"] == "interrupted", answer
    assert answer["exit"] == 130
    assert page.post("start-run", out="T", workers=1)[0] == 200
    while (answer := page.get("run", out="T")[1])["running"]:
        assert time.monotonic() < end
        time.sleep(0.1)
    assert answer["outcome"]["status"] == "completed"


def test_a_folder_with_markup_and_controls_is_set_up(page: Page, server: Server, tmp_path: Path) -> None:
    folder = tmp_path / "<img src=x onerror=alert(1)> & co"
    folder.mkdir()
    for path in sorted((page.folder / "fcs").iterdir()):
        shutil.copyfile(path, folder / path.name)
    first = next(iter(sorted(folder.iterdir())))
    shutil.copyfile(first, folder / "Unstained <script>.fcs")
    new = Page(server, folder)
    assert not new.get("study")[1]["there"]
    preview = new.get("preview")[1]
    assert any("control" in line for line in preview["lines"])
    assert not (folder / "study.yaml").exists()
    status, answer = new.post("init", pattern="")
    assert status == 200, answer
    assert answer["there"]
    assert new.post("init", pattern="")[0] == 422  # nothing is overwritten
    assert new.get("stains", file=first.name)[1]["sets"][0]["channels"]
    assert new.get("stains", file="../../x")[0] == 422
    recent = server.get("/api/start")[1]["recent"]
    assert recent[0] == str(folder)


def test_files_that_came_later_are_added_as_their_names_are_read(page: Page, server: Server, tmp_path: Path) -> None:
    folder = tmp_path / "grows"
    folder.mkdir()
    made = sorted((page.folder / "fcs").iterdir())
    for path in made[:-1]:
        shutil.copyfile(path, folder / path.name)
    new = Page(server, folder)
    assert new.post("init")[0] == 200
    new.change((0, "note", "mine"))
    assert new.get("unlisted")[1] == []
    shutil.copyfile(made[-1], folder / made[-1].name)
    assert new.get("unlisted")[1] == [made[-1].name]
    before = (folder / "samples.csv").read_bytes()
    status, answer = new.post("add-files", seen=new.get("sheet", sheet="samples")[1]["sha256"])
    assert status == 200, answer
    assert (folder / "samples.csv").read_bytes().startswith(before)
    last = rows(folder / "samples.csv")[-1]
    assert [last["file"], last["subject"], last["visit"], last["tube"]] == [made[-1].name, *made[-1].stem.split("_")]
    assert new.get("unlisted")[1] == []


def test_messages_name_what_the_page_has_and_no_option(server: Server, page: Page, tmp_path: Path) -> None:
    folder = tmp_path / "unread"
    folder.mkdir()
    shutil.copyfile(next(iter((page.folder / "fcs").iterdir())), folder / "a.fcs")
    lines = Page(server, folder).get("preview")[1]["lines"]
    assert any("pattern" in line for line in lines)
    assert not any("--" in line for line in lines)
    assert page.post("start-run", out="fcs", workers=1)[0] == 200
    end = time.monotonic() + 60
    while (answer := page.get("run", out="fcs")[1])["running"]:
        assert time.monotonic() < end
        time.sleep(0.1)
    (problem,) = answer["outcome"]["problems"]
    assert "the folder for the tables is in" in problem["message"]
    assert "--out" not in str(answer["outcome"])


def test_what_a_run_refuses_is_answered_with_its_problems(page: Page) -> None:
    page.change((0, "visit", "D99"))
    assert page.post("start-run", out="R", workers=1)[0] == 200
    end = time.monotonic() + 60
    while (answer := page.get("run", out="R")[1])["running"]:
        assert time.monotonic() < end
        time.sleep(0.1)
    assert answer["outcome"]["status"] == "refused"
    assert any("D99" in one["message"] for one in answer["outcome"]["problems"])
    assert not (page.folder / "R" / "run.json").exists()


def test_the_shortcut_starts_this_program(tmp_path: Path) -> None:
    from tregate.pipelines.application.shortcut import write_shortcut

    for system, name in (("win32", "tregate.bat"), ("darwin", "tregate.command"), ("linux", "tregate.desktop")):
        path = write_shortcut(tmp_path, system)
        assert path.name == name
        assert "tregate.pipelines.commands.cli app" in path.read_text(encoding="utf-8")
    assert json.dumps(sorted(path.name for path in tmp_path.iterdir()))
