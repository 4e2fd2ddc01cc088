"""An earlier run, read back from its folder: counts, findings and record, without opening an FCS file."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tregate.gating.count import flags
from tregate.gating.count.beads import BeadCount, doublets_count
from tregate.gating.count.estimates import CountingInput, Estimate, PopulationCount
from tregate.gating.count.gate_terms import GateTerm
from tregate.gating.count.other_ways import blood_of, counted_without_beads, why_not
from tregate.gating.count.populations import counted_concentration, with_coincidence
from tregate.gating.count.uncertainty import percent_with_gate
from tregate.gating.errors import ConfigurationError, Problem
from tregate.gating.events import Binding, Compensation, DataSet, Gated
from tregate.gating.findings import Finding, Severity
from tregate.gating.read.regular_file import read_regular
from tregate.gating.strategy.schema import Strategy
from tregate.gating.strategy.yaml_source import Source
from tregate.gating.tube import TubeResult
from tregate.gating.units import BeadsPerMicrolitre, CellsPerMicrolitre, Microlitre, PopulationName
from tregate.pipelines.files.csv_file import read_csv
from tregate.pipelines.files.differences import differences
from tregate.pipelines.files.table import Cell, Table
from tregate.pipelines.interchange.gates_file import TubeKey
from tregate.pipelines.runs.recorded_pairs import read_recorded
from tregate.pipelines.runs.run_folder import RECORD
from tregate.pipelines.study.analysis import Analysis
from tregate.pipelines.study.planned_visits import PlannedVisit
from tregate.pipelines.study.subjects import Subject, Subjects
from tregate.pipelines.study.tables_definition import LoadedTables, TableDefinition
from tregate.pipelines.tabulate.intensities_table import TEXT, intensities_of
from tregate.pipelines.tubes.circumstances import from_record
from tregate.pipelines.tubes.records import TubeFinding, TubeRecord

PLACE = ("subject", "visit", "tube", "file")
OWN_FLAGS = frozenset(value for name, value in vars(flags).items() if name.isupper() and isinstance(value, str))
"""Flags that counting sets itself, even where a check of the same name is among the findings."""


@dataclass(frozen=True, slots=True)
class EarlierRun:
    """What `tregate tables` works on."""

    folder: Path
    record: Mapping[str, Any]
    """run.json."""
    strategies: Mapping[str, Strategy]
    tables: LoadedTables
    own_limits: Mapping[str, float]
    own_lloq: Mapping[str, float]
    averaged: tuple[str, ...]
    """Tubes of whose replicates values are the mean."""
    """Limits of the table definition that the study had set itself."""
    analysis: Analysis
    people: Subjects
    """Arm, site and stratum of subjects, as the study declared them."""
    subjects: tuple[str, ...]
    visits: tuple[str, ...]
    laboratory: str
    plan: tuple[PlannedVisit, ...]
    """`visits` with target days and windows."""
    baseline: str
    tubes: tuple[TubeRecord, ...]
    findings: tuple[TubeFinding, ...]
    """Of tubes and between tubes; what concerned the summary is left out, as it is made again."""


def read_run(folder: Path, *, accept_changed: bool = False) -> EarlierRun:
    """Read back a run that was finished.

    Raises ConfigurationError where the folder holds none, or, unless `accept_changed`, where a table that is read is
    not the run's.
    """
    record = read_record(folder)
    if record.get("blinded"):
        message = "the run is blinded, so its visits and arms are not known here."
        raise ConfigurationError([Problem(str(folder), None, message, "First: tregate unblind OUT --reason REASON.")])
    if not accept_changed:
        _refuse_changed(folder, record)
    try:
        strategies = {
            tube: Strategy.model_validate(recorded["strategy"]) for tube, recorded in record["strategies"].items()
        }
        definition = TableDefinition.model_validate(record["tables"]["definition"])
        study = record["study"]
        counts = read_csv(folder / "counts.csv", text=(*PLACE, "population", "parent", "flags"))
        every = _findings(folder)
        of_summary = set(record["findings_of_summary"])
        found = tuple(one for row, one in enumerate(every) if row not in of_summary)
        failed = {_key(row): str(row["stage"]) for row in _text_table(folder / "failures.csv").records()}
        return EarlierRun(
            folder=folder,
            record=record,
            strategies=strategies,
            tables=LoadedTables(definition, Source(str(folder / RECORD), {}, {}), folder / RECORD),
            own_limits=dict(record["tables"].get("limits", {})),
            own_lloq=dict(record["tables"].get("lloq", {})),
            averaged=tuple(record["tables"].get("averaged", ())),
            analysis=Analysis.model_validate(study["analysis"]),
            people={name: Subject(**recorded) for name, recorded in study.get("people", {}).items()},
            subjects=tuple(study["subjects"]),
            visits=tuple(study["visits"]),
            laboratory=str(study.get("laboratory", "")),
            plan=tuple(PlannedVisit.model_validate(recorded) for recorded in study.get("plan", ())),
            baseline=study["baseline"],
            tubes=_tubes(record, strategies, counts, found, failed, _intensities(folder, record)),
            findings=found,
        )
    except (KeyError, TypeError, ValueError, OSError) as error:
        message = f"the previous run in this folder cannot be read: {type(error).__name__}: {error}."
        raise ConfigurationError([Problem(str(folder), None, message, "Run the study again.")]) from None


KEPT = ("counts.csv", "gates.csv", "findings.csv", "failures.csv", "intensities.csv")
"""Tables of tubes: they are read back, or stay as they are."""


def _refuse_changed(folder: Path, record: Mapping[str, Any]) -> None:
    recorded = record.get("files")
    if not isinstance(recorded, dict):
        return
    known = {name: recorded[name] for name in KEPT if name in recorded}
    problems = [
        Problem(
            str(folder / one.file), None, f"{one}.",
            "Restore the file or run the study again; if the change is meant, give --accept-changed REASON.",
        )
        for one in differences(folder, known)
    ]  # fmt: skip
    if problems:
        raise ConfigurationError(problems)


def read_record(folder: Path) -> dict[str, Any]:
    """run.json of a finished run. Raises ConfigurationError where there is none."""
    try:
        record = json.loads(read_regular(folder / RECORD))
    except (OSError, ValueError):
        record = None
    if not isinstance(record, dict):
        message = f"the folder contains no {RECORD} of a run."
        raise ConfigurationError([Problem(str(folder), None, message, "Name the --out folder of a previous run.")])
    if "state" in record:
        raise ConfigurationError([Problem(str(folder), None, f"{record['state']}.")])
    return record


def _text_table(path: Path) -> Table:
    with path.open(encoding="utf-8") as file:
        columns = file.readline().strip().split(",")
    return read_csv(path, text=columns)


def _findings(folder: Path) -> tuple[TubeFinding, ...]:
    table = read_csv(
        folder / "findings.csv", text=(*PLACE, "check", "severity", "population", "limit", "message", "files")
    )
    return tuple(
        TubeFinding(
            subject=str(row["subject"]),
            visit=str(row["visit"]),
            tube=str(row["tube"]),
            file=str(row["file"]) if row["subject"] else "",
            finding=Finding(
                check=str(row["check"]),
                severity=Severity(str(row["severity"])),
                message=str(row["message"]),
                population=str(row["population"]),
                value=_number(row["value"]),
                limit=str(row["limit"]),
            ),
            files=() if row["subject"] else tuple(filter(None, str(row["file"]).split(";"))),
        )
        for row in table.records()
    )


def _tubes(
    record: Mapping[str, Any],
    strategies: Mapping[str, Strategy],
    counts: Table,
    findings: Sequence[TubeFinding],
    failed: Mapping[TubeKey, str],
    intensities: Mapping[TubeKey, Sequence[Mapping[str, Cell]]],
) -> tuple[TubeRecord, ...]:
    rows: dict[TubeKey, list[dict[str, Cell]]] = {}
    for row in counts.records():
        rows.setdefault(_key(row), []).append(row)
    tubes = []
    for recorded in (*record["inputs"], *record["excluded"]):
        strategy = strategies.get(recorded["tube"])
        load = _load(recorded.get("beads"))
        listed = [] if "reason" in recorded else rows.get(_key(recorded), [])
        result = _result(recorded, listed, strategy, load, _checks(findings, recorded)) if listed else None
        if result is not None:
            result = replace(result, intensities=intensities_of(intensities.get(_key(recorded), ())))
        tubes.append(
            TubeRecord(
                subject=recorded["subject"],
                visit=recorded["visit"],
                tube=recorded["tube"],
                file=recorded["file"],
                strategy_name="" if strategy is None else strategy.strategy,
                washed=strategy is not None and strategy.washed,
                result=result,
                failed="" if listed else failed.get(_key(recorded), ""),
                excluded=recorded.get("reason", ""),
                counted_by=load,
                bead_lot="" if load is None else load.lot,
                include_in_primary=recorded["include_in_primary"],
                circumstances=from_record(recorded.get("told", {})),
            )
        )
    return tuple(tubes)


def _intensities(folder: Path, record: Mapping[str, Any]) -> dict[TubeKey, list[dict[str, Cell]]]:
    """Rows of intensities.csv by tube, where the run wrote one."""
    rows: dict[TubeKey, list[dict[str, Cell]]] = {}
    if "intensities.csv" in record.get("files", {}):
        for row in read_csv(folder / "intensities.csv", text=TEXT).records():
            rows.setdefault(_key(row), []).append(row)
    return rows


def _checks(findings: Sequence[TubeFinding], recorded: Mapping[str, Any]) -> set[str]:
    """Checks that have a finding about this tube or its kind: their flags in counts.csv are made again from them."""
    return {
        found.finding.check
        for found in findings
        if recorded["file"] == found.file
        or recorded["file"] in found.files
        or (not found.file and found.tube == recorded["tube"])
    }


def _result(
    recorded: Mapping[str, Any],
    rows: Sequence[Mapping[str, Cell]],
    strategy: Strategy | None,
    load: CountingInput | None,
    checks: set[str],
) -> TubeResult:
    beads = _beads(rows, strategy, load)
    blood = _without_beads(recorded, rows, strategy, load)
    return TubeResult(
        data_set=DataSet(
            recorded["data_set"], recorded["version"], recorded["instrument"], recorded["events"], (), "", ""
        ),
        decision=recorded["decision"],
        binding=Binding({}),
        compensation=Compensation(recorded["compensation"]["source"]),
        counts=with_coincidence(
            (_count(row, beads, load, checks, recorded.get("gate_terms", {}), blood) for row in rows),
            load,
            read_recorded(recorded.get("coincidence")),
        ),
        gates=(),
        findings=(),
        coincidence=read_recorded(recorded.get("coincidence")),
        grounds={} if strategy is None else strategy.all_grounds,
        stands_for={} if strategy is None else strategy.stands_for,
    )


def _count(
    row: Mapping[str, Cell],
    beads: BeadCount | None,
    load: CountingInput | None,
    checks: set[str],
    gates: Mapping[str, Sequence[float]],
    without_beads: tuple[Microlitre, int | None] | None,
) -> PopulationCount:
    """A row of counts.csv with its figures made again from the events, so that no rounding is carried on."""
    events, parent_events = _whole(row["events"]), _whole(row["parent_events"])
    counted: Estimate | None = None
    if row["cells_per_ul"] is not None and events is not None:
        if without_beads is not None:
            counted = counted_without_beads(events, without_beads[1], without_beads[0])
        elif beads is not None and load is not None:
            counted = counted_concentration(events, beads, load)
    volume, loq = _number(row["blood_analysed_ul"]), _number(row["loq_per_ul"])
    recorded = [flag for flag in str(row["flags"]).split(";") if flag]
    gate = GateTerm(*gates.get(str(row["population"]), ()))
    return PopulationCount(
        population=PopulationName(str(row["population"])),
        parent=PopulationName(str(row["parent"])),
        events=events,
        parent_events=parent_events,
        percent_of_parent=None
        if events is None or parent_events is None
        else percent_with_gate(events, parent_events, 0.0 if flags.NOT_CELLS in recorded else gate.own),
        cells_per_ul=None,
        bead_events=_whole(row["bead_events"]),
        blood_analysed_ul=None if volume is None else Microlitre(volume),
        loq_per_ul=None if loq is None else CellsPerMicrolitre(loq),
        flags=tuple(flag for flag in recorded if flag in OWN_FLAGS or flag not in checks),
        counted=counted,
        gate=gate,
    )


def _without_beads(
    recorded: Mapping[str, Any],
    rows: Sequence[Mapping[str, Cell]],
    strategy: Strategy | None,
    load: CountingInput | None,
) -> tuple[Microlitre, int | None] | None:
    """Blood analysed and lymphocytes of a tube that is counted by volume or by haematology; None for others."""
    counting = None if strategy is None else strategy.counting
    if strategy is None or counting is None or load is None or load.is_of_beads:
        return None
    events = {PopulationName(str(row["population"])): _whole(row["events"]) for row in rows}
    known = {name: number for name, number in events.items() if number is not None}
    gated = Gated(recorded["events"], (), {}, (), {}, {}, known)
    if why_not(gated, counting, load):
        return None
    return blood_of(gated, strategy, load), None if counting.of is None else known[PopulationName(counting.of)]


def _beads(
    rows: Sequence[Mapping[str, Cell]], strategy: Strategy | None, load: CountingInput | None
) -> BeadCount | None:
    beads = _whole(rows[0]["bead_events"])
    if strategy is None or strategy.beads is None or not beads:
        return None
    pairs = strategy.beads.doublet_population
    doublets = next((_whole(row["events"]) or 0 for row in rows if pairs and row["population"] == pairs), 0)
    return BeadCount(beads - doublets * (doublets_count(strategy.beads, load) - 1), doublets, beads)


def _load(recorded: Mapping[str, Any] | None) -> CountingInput | None:
    if recorded is None:
        return None
    per_ul, volume = recorded["beads_per_ul"], recorded["bead_volume_ul"]
    return CountingInput(
        lot=recorded["lot"],
        blood_volume_ul=Microlitre(recorded["blood_volume_ul"]),
        beads_per_ul=None if per_ul is None else BeadsPerMicrolitre(per_ul),
        bead_volume_ul=None if volume is None else Microlitre(volume),
        beads_per_tube=recorded["beads_per_tube"],
        dilution=recorded["dilution"],
        lot_cv_percent=recorded["lot_cv_percent"],
        bead_doublets=recorded.get("bead_doublets"),
        preparation_cv_percent=recorded["preparation_cv_percent"],
        acquired_ul=recorded.get("acquired_ul"),
        haematology_per_ul=recorded.get("haematology_per_ul"),
        bridging_factor=recorded.get("bridging_factor"),
    )


def _key(row: Mapping[str, Any]) -> TubeKey:
    return str(row["subject"]), str(row["visit"]), str(row["tube"])


def _whole(cell: Cell) -> int | None:
    return None if cell is None else int(cell)


def _number(cell: Cell) -> float | None:
    return None if cell is None else float(cell)
