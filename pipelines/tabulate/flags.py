"""Flags of a row: short names of what is missing or doubtful about it, never a number's replacement."""

from collections.abc import Iterable, Iterator

from tregate.gating.count import flags
from tregate.gating.findings import Finding
from tregate.gating.qc.bead_quality import BEAD_FLAGS
from tregate.gating.qc.lymphocyte_gate import FEW_RECOVERED
from tregate.pipelines.tabulate.doubts import Doubts
from tregate.pipelines.tubes.records import TubeFinding, TubeRecord

OF_A_POPULATION = frozenset(
    {flags.UNMEASURED, flags.PARENT_EMPTY, flags.BELOW_DETECTION, flags.BELOW_LOQ, flags.WIDE_LIMITS, flags.IMPRECISE}
)
"""Flags of counts.csv that speak of one population; in a visit table they name the cells: "below_loq:<cells>"."""


EMPTYING = frozenset(
    {
        *("not_in_study", "unmeasured", "parent_empty", "bead_load_missing", "bead_lot_unknown", "bead_lot_missing"),
        *("bead_concentration_missing", "bead_volume_missing", "blood_volume_missing", "volume_missing"),
        "volume_above_total",
        *("haematology_missing", "haematology_unmeasured", "no_beads", "beads_unmeasured", "washed", "no_bead_gate"),
        *("no_bead_tube", "no_bridge", "baseline_missing", "baseline_zero", "baseline_below_loq", "settings_changed"),
        *("intensity_near_zero", "marker_missing", "standard_missing", "standard_near_zero", "no_valley", "not_cells"),
        *("denominator_not_positive", "not_finite", "teff_not_positive"),
    }
)
"""Flags that say why a cell is empty; those of a tube end in its name (docs/tables.md#flags)."""
_OF_A_TUBE = ("missing_tube_", "tube_failed_", "excluded_", "several_tubes_")


def empties(flag: str) -> bool:
    """Whether a flag says why a value is empty, and not how certain one is that is there.

    >>> empties("bead_load_missing"), empties("missing_tube_T"), empties("wide_limits:nk")
    (True, True, False)
    """
    return flag.partition(":")[0] in EMPTYING or flag.startswith(_OF_A_TUBE)


def joined(names: Iterable[str]) -> str:
    """The flags cell: each once, in alphabetical order, with ; between."""
    return ";".join(sorted(set(names)))


def lineage(record: TubeRecord, population: str) -> frozenset[str]:
    """The population and its ancestors in this tube."""
    line, parents = set(), record.parents
    while population in parents and population not in line:
        line.add(population)
        population = parents[population]
    return frozenset(line)


def grounds(record: TubeRecord, population: str) -> frozenset[str]:
    """The population, its ancestors, and the cells it is made of or leaves out."""
    made_of = frozenset() if record.result is None else record.result.grounds.get(population, frozenset())
    return lineage(record, population) | (made_of - record.not_cells)


PLACES_OF_GATES = frozenset(
    {
        *("gate_doubtful", "gate_fallback", "gate_outlier", "percent_outlier", "batch_shift"),
        *("lymphosum", "lymphocyte_recovery"),
    }
)
"""Checks of where a gate lies: above the denominator of a percentage they concern both of its counts, and cancel."""


_CANCELLING = PLACES_OF_GATES | {"two_tube_sum"}
"""Checks of a gate, or of the volumes of its tube, above which a percentage does not matter either."""

OF_THE_COUNT_ALONE = frozenset({"lymphocyte_purity"})
"""Checks of other cells in a gate, of which those within by their own markers are free."""

OF_THE_CELLS = frozenset({"signal_drift", "two_samples", "lymphocyte_recovery"})
"""Checks of cells, whichever gate shows them: of a learned gate's second one they concern the learned population."""

OF_INTENSITIES = frozenset({"intensity_drift", "intensity_settings"})
"""Checks of intensities, which concern no count."""


def about_intensity(marker: str, population: str) -> str:
    """How the message of a check of OF_INTENSITIES begins: what it concerns, as findings.csv keeps it."""
    return f"{marker} on {population}: "


OF_BLOOD = "blood_implausible"
OF_TWO_COUNTS = " % of the mean"
"""How the limit of a check ends that compares cells/µL of two tubes, as findings.csv keeps it."""


def about_per_ul(population: str) -> str:
    """How the message of a check begins that concerns cells/µL and no percentage, as findings.csv keeps it."""
    return f"{population} (/µL) "


def _of_cells_per_ul(finding: Finding) -> bool:
    of_two = finding.limit.endswith(OF_TWO_COUNTS)
    return of_two or finding.check == OF_BLOOD or finding.message.startswith(about_per_ul(finding.population))


def doubts_about(
    known: Doubts,
    record: TubeRecord,
    population: str,
    *,
    concentration: bool,
    per_ul: bool = True,
    of: str | None = None,
    marker: str = "",
) -> tuple[tuple[str, bool], ...]:
    """Checks that question a population's value: (name, whether it concerns the population or the tube).

    A doubtful gate concerns what is gated within it; doubtful beads concern concentrations only. of: denominator of a
    percentage; gates above it do not concern the percentage. marker: of an intensity.
    """
    about = findings_about(known, record, population, concentration=concentration, per_ul=per_ul, of=of, marker=marker)
    return tuple(dict.fromkeys((found.finding.check, special) for found, special in about))


def _never_cancels(doubt: TubeFinding, record: TubeRecord) -> bool:
    """Whether the place of a gate matters above the denominator too: a person placed it, or most cells are lost."""
    finding = doubt.finding
    if finding.check == "lymphocyte_recovery":
        return finding.value is not None and finding.value < FEW_RECOVERED
    gates = () if record.result is None else record.result.gates
    return any(gate.population == finding.population and gate.placed_by for gate in gates)


def findings_about(
    known: Doubts,
    record: TubeRecord,
    population: str,
    *,
    concentration: bool,
    per_ul: bool = True,
    of: str | None = None,
    marker: str = "",
) -> Iterator[tuple[TubeFinding, bool]]:
    """The findings behind `doubts_about`, in their order."""
    doubts = known.of(record)
    if not doubts:
        return
    line, beads = grounds(record, population), record.not_cells
    cancels = frozenset[str]() if of is None or concentration else lineage(record, of) - {of}
    stands_for = {} if record.result is None else record.result.stands_for
    for doubt in doubts:
        finding = doubt.finding
        if finding.check in OF_INTENSITIES:
            if marker and finding.message.startswith(about_intensity(marker, population)):
                yield doubt, False
            continue
        if finding.check in OF_THE_COUNT_ALONE and finding.population not in (population, of):
            continue
        if not per_ul and _of_cells_per_ul(finding):
            continue
        if finding.check in _CANCELLING and finding.population in cancels and not _never_cancels(doubt, record):
            continue
        if finding.check == flags.UNMEASURED and finding.population in beads:
            continue  # a concentration says so by beads_unmeasured, and a percentage needs no beads
        if finding.check in BEAD_FLAGS:
            concerned = concentration or finding.population in line
            special = False
        else:
            instead = stands_for.get(finding.population, "") if finding.check in OF_THE_CELLS else ""
            above = bool(instead) and instead in lineage(record, population)
            concerned = not finding.population or finding.population in line or above
            special = bool(finding.population)
            if concentration and finding.population and finding.population in beads:
                concerned, special = True, False
        if concerned:
            yield doubt, special
