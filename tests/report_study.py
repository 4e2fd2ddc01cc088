"""A small study, really gated and drawn, with what can go wrong in it: the material of the report's tests."""

import tempfile
from dataclasses import replace
from functools import cache
from pathlib import Path

from shipped_tables import DECLARED

from tregate.fixtures.tube import make_tube, stained_for
from tregate.gating.control_events import ShownControl
from tregate.gating.count.estimates import CountingInput
from tregate.gating.errors import TubeError
from tregate.gating.findings import Finding, Severity
from tregate.gating.reference_gates import ControlTube
from tregate.gating.strategy.load import load_strategy
from tregate.gating.strategy.schema import Strategy
from tregate.gating.tube import TubeTask, analyse
from tregate.gating.units import BeadsPerMicrolitre, Marker, Microlitre
from tregate.pipelines.export.run_tables import failures_table
from tregate.pipelines.files.table import Table
from tregate.pipelines.report.context import ReportContext
from tregate.pipelines.report.draw import draw_tube
from tregate.pipelines.report.strip import Strip, strip_of
from tregate.pipelines.report.trial_figure import POOLED, Course, Limits, Panel, Stars, TrialFigure
from tregate.pipelines.tubes.outcomes import Failure
from tregate.pipelines.tubes.records import TubeFinding, TubeRecord, findings_of

VISITS = ("D1", "D8")
SUBJECTS = ("S1", "S2", "S3", "S4")
KINDS = {"T": "tetrachrome_t", "NK": "tetrachrome_nk", "TREG": "treg"}
HOSTILE = "</script><script>document.title='run'</script><img src=x onerror=document.title='run'>"
LOAD = CountingInput("L1", Microlitre(100.0), beads_per_ul=BeadsPerMicrolitre(1000.0), bead_volume_ul=Microlitre(100.0))


@cache
def strategies() -> dict[str, Strategy]:
    return {tube: load_strategy(name) for tube, name in KINDS.items()}


@cache
def gated(subject: str, visit: str, tube: str, condition: str = "nominal") -> tuple[TubeRecord, Strip]:
    """One tube of the synthetic cytometer, gated and drawn."""
    seed = sum(map(ord, subject + visit))
    kind = KINDS[tube]
    strategy = strategies()[tube]
    load = None if strategy.washed else LOAD
    with tempfile.TemporaryDirectory() as folder:
        path = make_tube(kind, condition, seed=seed, events=7_000).write(Path(folder) / "tube.fcs")
        lacks = "washed" if strategy.washed else ""
        controls = controls_in(Path(folder), kind) if strategy.washed else ()
        result = analyse(TubeTask(path, strategy, counted_by=load, no_beads=lacks, densities=True, controls=controls))
        drawn = strip_of(draw_tube(result))
    record = TubeRecord(
        subject, visit, tube, f"{subject}_{visit}_{tube}.fcs", strategy.strategy, strategy.washed,
        replace(result, densities=(), sampled=None, controls=()), counted_by=load, bead_lot="L1" if load else "",
    )  # fmt: skip
    return record, drawn


def controls_in(folder: Path, kind: str) -> tuple[ShownControl, ...]:
    """The FMO of CD25 and of Foxp3, an unstained tube, and one that is no FCS file."""
    files = {"CD25": ("CD25",), "Foxp3": ("Foxp3",), None: stained_for(kind)}
    shown = []
    for lacks, without in files.items():
        path = make_tube(kind, seed=4, events=7_000, without=without).write(folder / f"{lacks}.fcs")
        name = "unstained" if lacks is None else f"FMO {lacks}"
        shown.append(ShownControl(name, ControlTube(path), None if lacks is None else Marker(lacks)))
    (folder / "empty.fcs").write_bytes(b"")
    return (*shown, ShownControl("FMO CD127", ControlTube(folder / "empty.fcs"), Marker("CD127")))


def hostile_failure() -> tuple[TubeRecord, Failure]:
    """A tube whose file calls a stain by markup, as the panel really refuses it."""
    tube = make_tube("tetrachrome_t", seed=9, events=2_000)
    channels = tuple(replace(c, stain=HOSTILE) if c.stain.startswith("CD3") else c for c in tube.channels)
    with tempfile.TemporaryDirectory() as folder:
        path = replace(tube, channels=channels).write(Path(folder) / "tube.fcs")
        try:
            analyse(TubeTask(path, strategies()["T"], counted_by=LOAD))
        except TubeError as error:
            fault = Failure(error.stage, type(error).__name__, str(error))
    record = TubeRecord(f"X{HOSTILE}", "D1", "T", f"{HOSTILE}.fcs", "tetrachrome_t", False, None, failed=fault.stage)
    return record, fault


@cache
def context() -> ReportContext:
    """4 subjects, 2 visits, 3 tubes; S3 D8 T clogged, one tube hostile and failed, one excluded, one not drawn."""
    pairs = [
        gated(subject, visit, tube, "beads_clogged" if (subject, visit, tube) == ("S3", "D8", "T") else "nominal")
        for subject in SUBJECTS
        for visit in VISITS
        for tube in KINDS
    ]
    records = [record for record, _ in pairs]
    drawn: list[Strip | None] = [one for _, one in pairs]
    drawn[-1] = None
    failed, fault = hostile_failure()
    excluded = TubeRecord("S5", "D1", "NK", "S5.fcs", "tetrachrome_nk", False, None, excluded="blood clotted")
    findings = [found for record in records for found in findings_of(record)]
    findings += [
        TubeFinding("S2", "D1", "T", "S2_D1_T.fcs", Finding(
            "gate_outlier", Severity.WARN, f"The gate lies elsewhere {HOSTILE}", population="CD4+", limit="z < 3.5")),
        TubeFinding("S2", "D1", "NK", "S2_D1_NK.fcs", Finding(
            "cd3_between_tubes", Severity.FAIL, "CD3+ of T and NK differ.")),
        TubeFinding("", "D8", "", "", Finding("visit_shift", Severity.WARN, "All tubes of D8 lie apart.")),
    ]  # fmt: skip
    return ReportContext(
        study=f"trial {HOSTILE}",
        visits=VISITS,
        baseline="D1",
        records=(*records, failed, excluded),
        drawn=(*drawn, None, None),
        findings=tuple(findings),
        failures=failures_table([(failed, fault)]),
        tables=(treg_table(), summary_table()),
        figures=(_FIGURE, _ARMS),
        run_id="trial",
        facts=(("program", "tregate"), ("hostile", HOSTILE)),
        notes=("* p < 0.05, unadjusted.",),
        strategies=strategies(),
        declared=DECLARED,
    )


def treg_table() -> Table:
    rows = [
        (subject, visit, 6.123456 + k if subject != "S4" else None, 5.5, 6.9, "cd3", "below_loq" if k else "")
        for subject in SUBJECTS
        for k, visit in enumerate(VISITS)
    ]
    columns = (
        "subject", "visit", "treg_percent_of_cd4", "treg_percent_of_cd4_low", "treg_percent_of_cd4_high",
        "teff_definition", "flags",
    )  # fmt: skip
    return Table("treg", columns, tuple(rows))


def summary_table() -> Table:
    columns = ("table", "measure", "visit", "n", "mean", "sd", "test", "p_value", "p_method", "stars")
    return Table(
        "summary",
        columns,
        (
            ("treg", "treg_percent_of_cd4", "D1", 3, 6.123456, 0.5, None, None, None, None),
            ("treg", "treg_percent_of_cd4", "D8", 3, 7.123456, 0.25, "wilcoxon", 0.25, "exact", "*"),
        ),
    )


_FIGURE = TrialFigure(
    "figure1",
    "Figure 1",
    "Fold change by visit",
    "Geometric mean ratio with 95 % interval.",
    "fold change from D1",
    (),
    (
        Panel(
            "Treg (% of CD4+)",
            (("D1", "n=3"), ("D8", "n=2")),
            (
                Course(HOSTILE, POOLED, ((0.0, 1.0), (1.0, 2.0))),
                Course("S2", POOLED, ((0.0, 1.0), (1.0, None))),
                Course("", POOLED, ((0.0, 1.0), (1.0, 1.5)), mean=True),
            ),
            (Limits(0.0, POOLED, 1.0), Limits(1.0, POOLED, 1.5, 1.2, 2.2, cut=True)),
            (Stars(1.0, 2.2, "**"),),
            top=2.5,
        ),
        Panel("Ratio", (("D8", ""),), (), (Limits(0.0, 1, 1.3, 0.9, 1.8), Limits(0.3, 1, 1.2, 0.8, 1.9, part="Paris"))),
    ),
)

_ARMS = TrialFigure(
    "figure2",
    "Figure 2",
    "Fold change by visit and arm",
    "Geometric mean ratio with 95 % interval by arm.",
    "fold change from D1",
    ("placebo", "dose 1", "dose 2"),
    (
        Panel(
            "Treg (% of CD4+)",
            (("D1", "n=3"), ("D8", "n=2")),
            tuple(
                Course(arm, group, ((0.0, 1.0), (1.0, 1.2 + group / 2)), mean=True)
                for group, arm in enumerate(("placebo", "dose 1", "dose 2"))
            ),
            (),
            top=2.5,
        ),
    ),
)
