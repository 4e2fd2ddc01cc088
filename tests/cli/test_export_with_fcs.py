"""`tregate export --with-fcs`: every gate of the run is written, also a learned boundary, on FCS files beside it.

The round trips that a laboratory relies on: strategy to Gating-ML and back, and a workspace by FlowKit, event by event.
"""

import warnings
from collections import Counter
from pathlib import Path

import flowkit
import numpy as np
import pytest
from cli_running import exported, rows, run_study, tregate
from imported_members import imported_tubes

from tregate.fixtures.trial import make_trial
from tregate.pipelines.datasets.finished_run import finished_run
from tregate.pipelines.datasets.tubes_again import tubes_again
from tregate.pipelines.interchange.imported import import_file

DETAILS = ("subject", "visit", "tube")


def with_fcs(run: Path, to: str, out: Path) -> Path:
    done = tregate("export", run, "--to", to, "--with-fcs", "--out", out)
    assert done.code == 0, done.err
    assert "These gates need the FCS files that were written with them" in done.out + done.err
    return out


@pytest.fixture(scope="module")
def gatingml(tables: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return with_fcs(tables, "gatingml", tmp_path_factory.mktemp("gatingml"))


@pytest.fixture(scope="module")
def flowjo(tables: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return with_fcs(tables, "flowjo", tmp_path_factory.mktemp("flowjo"))


def differing(run: Path, folder: Path, fcs: Path, out: Path) -> Counter[str]:
    """Populations whose events are the run's after an import, and those of which some differ. One import a document."""
    found: Counter[str] = Counter()
    reported = [row for row in rows(folder / "export.csv") if row["status"] == "written"]
    imported = {}
    for document in sorted({row["document"] for row in reported}):
        import_file(folder / document, _alone(fcs, document, out), out / document)
        for name, gated in imported_tubes(out / document):
            ids = {str(one) if document.endswith(".wsp") else str(one).rpartition("/")[2]: one for one in gated.order}
            imported[document, name] = gated, ids
    for tube in tubes_again(finished_run(run), gate=True):
        names = ("_".join(tube.entry.key) + ".fcs", tube.entry.path.name)
        for row in reported:
            if tuple(row[one] for one in DETAILS) == tube.entry.key:
                (found_as,) = {(row["document"], name) for name in names} & {*imported}
                gated, ids = imported[found_as]
                same = np.array_equal(gated.mask(ids[row["gate_id"]]), tube.gated.mask(row["population"]))
                found["same" if same else f"differs: {row['population']}"] += 1
        found["tubes"] += 1
    return found


def _alone(fcs: Path, document: str, out: Path) -> Path:
    """A folder of the one file that a Gating-ML document is for: it would be applied to every file."""
    found = [path for path in fcs.rglob("*") if path.name.rpartition(".")[0] == document.rpartition(".")[0]]
    found = [path for path in found if path.suffix.lower() in (".fcs", ".lmd")]
    if len(found) != 1:
        return fcs
    folder = out / f"{document} alone"
    folder.mkdir(parents=True)
    (folder / found[0].name).symlink_to(found[0])
    return folder


@pytest.mark.parametrize("to", ["gatingml", "flowjo"])
def test_every_gate_is_written_and_learned_boundaries_as_scores(to: str, request: pytest.FixtureRequest) -> None:
    listed = rows(request.getfixturevalue(to) / "export.csv")
    assert {row["status"] for row in listed} == {"written", "step skipped"}
    assert {row["differing_events"] for row in listed} == {"0", ""}
    learned = [row for row in listed if row["population"] == "Treg"]
    assert len(learned) == 4
    assert all(row["form"].endswith("on tregate score Treg") and int(row["events"]) > 20 for row in learned)


def test_flowkit_alone_finds_the_events_of_the_documents(gatingml: Path) -> None:
    """FlowKit reads document and FCS file itself."""
    for tube in ("T", "NK", "TREG"):
        document = gatingml / f"S01_D1_{tube}.xml"
        with warnings.catch_warnings(), np.errstate(divide="ignore", invalid="ignore"):
            warnings.simplefilter("ignore")
            gates = flowkit.parse_gating_xml(str(document))
            results = gates.gate_sample(flowkit.Sample(document.with_suffix(".fcs")))
        listed = [row for row in rows(gatingml / "export.csv") if row["document"] == document.name]
        assert len(listed) > 8
        for row in listed:
            assert results.get_gate_count(row["gate_id"]) == int(row["events"]), row


def test_flowkit_alone_counts_the_same_from_the_workspace(flowjo: Path) -> None:
    with warnings.catch_warnings(), np.errstate(divide="ignore", invalid="ignore"):
        warnings.simplefilter("ignore")
        files = [str(path) for path in sorted(flowjo.glob("*.fcs"))]
        workspace = flowkit.Workspace(flowjo / "tregate.wsp", fcs_samples=files)
        workspace.analyze_samples(use_mp=False)
    assert len(workspace.get_sample_ids()) == 12
    listed = [row for row in rows(flowjo / "export.csv") if row["status"] == "written"]
    for row in listed:
        *outer, last = row["gate_id"].split("/")
        name = f"{row['subject']}_{row['visit']}_{row['tube']}.fcs"
        assert workspace.get_gating_results(name).get_gate_count(last, ("root", *outer)) == int(row["events"]), row
    assert len(listed) > 140


def test_import_gives_every_event_back(tables: Path, gatingml: Path, tmp_path: Path) -> None:
    found = differing(tables, gatingml, gatingml, tmp_path)
    assert found.pop("tubes") == 12
    assert found == {"same": sum(row["status"] == "written" for row in rows(gatingml / "export.csv"))}


def test_the_instruments_files_lack_the_channel_and_import_says_where_it_is(
    flowjo: Path, gatingml: Path, trial: Path, tmp_path: Path
) -> None:
    for file in (gatingml / "S01_D1_TREG.xml", flowjo / "tregate.wsp"):
        done = tregate("import", file, "--fcs", trial / "fcs", "--out", tmp_path / file.stem)
        assert done.code == 1, done.err
        assert 'the file has no channel "tregate score Treg"; it is in the FCS files that tregate wrote' in done.err


def test_without_the_option_export_csv_names_it(tables: Path, tmp_path: Path) -> None:
    done = tregate("export", tables, "--to", "gatingml", "--out", tmp_path / "g")
    listed = rows(tmp_path / "g" / "export.csv")
    refused = [row for row in listed if row["status"] == "refused"]
    assert f"Refused: {len(refused)} of {len(listed)} populations, see export.csv; --with-fcs writes" in done.err
    (said,) = {row["reason"] for row in refused if row["population"] == "Treg"}
    assert said.endswith("; with --with-fcs it is written, on a channel of its own")
    (rests,) = {row["reason"] for row in refused if row["population"] == "CD4+ non-Treg"}
    assert rests == "Treg, on which it rests, is not in the document"


def test_a_target_without_gates_refuses_the_option(tables: Path, tmp_path: Path) -> None:
    done = tregate("export", tables, "--to", "xpt", "--with-fcs", "--out", tmp_path / "x")
    assert done.code == 2
    assert "xpt has no gates. Leave it out, or give --to gatingml or flowjo." in done.err


def test_the_same_run_gives_the_same_bytes(gatingml: Path, tables: Path, tmp_path: Path) -> None:
    with_fcs(tables, "gatingml", tmp_path / "again")
    for path in gatingml.iterdir():
        assert (tmp_path / "again" / path.name).read_bytes() == path.read_bytes(), path.name


@pytest.mark.slow
def test_twenty_tubes_of_every_shipped_kind_come_back_event_by_event(tmp_path: Path) -> None:
    study, run = tmp_path / "study", tmp_path / "run"
    study.mkdir()
    formats = ("integer_20bit", "lmd", "double")
    make_trial(study, seed=17, subjects=3, visits=("D1", "D8", "D15"), events=(12_000, 16_000), formats=formats,
               withdrawn=0)  # fmt: skip
    assert run_study(study, run).code == 0
    for to in ("gatingml", "flowjo"):
        folder = with_fcs(run, to, tmp_path / to)
        found = differing(run, folder, folder, tmp_path / f"{to} imported")
        assert found.pop("tubes") == 27
        assert found == {"same": sum(row["status"] == "written" for row in rows(folder / "export.csv"))}
        plain = exported(run, to, tmp_path / f"{to} plain")
        found = differing(run, plain, study, tmp_path / f"{to} plain imported")
        assert found.pop("tubes") == 27
        assert set(found) == {"same"}
        assert found["same"] > 200
