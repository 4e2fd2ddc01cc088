"""Terms of cp.csv: names of tests, units, kinds of result, marker strings, and why there is no result."""

import re
from collections.abc import Mapping, Sequence

from tregate.pipelines.statistics.measures import Measure
from tregate.pipelines.study.catalogues import cell_tests, known_unit
from tregate.pipelines.study.declared import Declared

LONGEST_TEST = 40
_ASCII = {"µ": "u", "×": "x", "−": "-", "–": "-", "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta"}
_MARKERS = re.compile(r"([A-Za-z0-9]+?(\+|-|lo|mid|hi))+")
_REASONS: Mapping[str, str] = {
    "missing_tube": "NO {} TUBE",
    "tube_failed": "{} TUBE COULD NOT BE ANALYSED",
    "excluded": "{} TUBE EXCLUDED",
    "several_tubes": "SEVERAL {} TUBES",
    "bead_load_missing": "BEADS NOT DOCUMENTED",
    "bead_lot_unknown": "BEAD LOT NOT DOCUMENTED",
    "bead_lot_missing": "BEAD LOT NOT DOCUMENTED",
    "bead_concentration_missing": "BEAD CONCENTRATION NOT DOCUMENTED",
    "bead_volume_missing": "BEAD VOLUME NOT DOCUMENTED",
    "blood_volume_missing": "BLOOD VOLUME NOT DOCUMENTED",
    "no_beads": "NO BEADS COUNTED",
    "beads_unmeasured": "BEADS COULD NOT BE COUNTED",
    "washed": "WASHED TUBE WITHOUT BEADS",
    "no_bead_gate": "TUBE WITHOUT BEADS",
    "no_bead_tube": "NO BEAD TUBE OF THE VISIT",
    "no_bridge": "NO BEAD TUBE OF THE VISIT",
    "not_in_study": "NOT MEASURED IN THIS STUDY",
    "unmeasured": "POPULATION COULD NOT BE GATED",
    "parent_empty": "NO CELLS OF THE PARENT POPULATION",
    "teff_not_positive": "DENOMINATOR NOT ABOVE 0",
    "denominator_not_positive": "DENOMINATOR NOT ABOVE 0",
}
_OF_A_TUBE = ("missing_tube", "tube_failed", "excluded", "several_tubes")


def names_of_tests(declared: Declared, codes: Mapping[str, str]) -> dict[str, str]:
    """CPTEST of every measure; two of one name have one code too, and differ in CPSBMRKS. `codes`: measure -> CPTESTCD.

    As declared; else CDISC's name of a code that its codelist has; else the label in ASCII, with the denominator of a
    percentage; else, where that is longer than 40 characters or another test's name, the code.
    """
    known = cell_tests()
    names = {measure: own for measure in codes if (own := declared.measures[measure].test) is not None}
    names |= {measure: known[code].test for measure, code in codes.items() if measure not in names and code in known}
    for measure, code in codes.items():
        if measure not in names:
            whole = declared.measures[measure].percent_of
            label = ascii_text(declared.label(measure) + ("" if whole is None else f"/{whole}"))
            taken = label in names.values() or not 0 < len(label) <= LONGEST_TEST
            names[measure] = code if taken else label
    return names


def ascii_text(text: str) -> str:
    """Text with its Greek letters and signs spelt in ASCII; what has no spelling is left out."""
    return "".join(_ASCII.get(c, c) for c in text).encode("ascii", "ignore").decode().strip()


def unit_of(measure: Measure) -> str:
    """CPORRESU of codelist UNIT (cells/µL are 10^6/L), else the measure's own unit in ASCII.

    What a percentage is of belongs to CPMRKSTR.
    """
    known = known_unit(measure.unit)
    return ascii_text(measure.unit) if known is None else known.cdisc


def kind_of_result(measure: Measure) -> str:
    """CPRESTYP, of codelist C179588."""
    unit = unit_of(measure)
    if unit.endswith("/L"):
        return "NUMBER CONCENTRATION"
    return {"%": "NUMBER FRACTION", "MdFI": "FLUORESCENCE INTENSITY"}.get(unit, "RATIO")


def marker_string(declared: Declared, measure: str) -> str:
    """CPMRKSTR: declared, or put together of the markers of the cells; "" where these are not declared."""
    own = declared.measures[measure]
    if own.markers is not None:
        return own.markers
    if own.formula in ("per", "intensity"):
        return _markers_of(declared, own.cells)
    if own.formula == "percent_of" and own.percent_of is not None:
        cells = declared.definition.cells
        whole = next((name for name, one in cells.items() if one.population == own.percent_of and one.markers), None)
        return _over(_markers_of(declared, own.cells), _markers_of(declared, whole) or _as_markers(own.percent_of))
    if own.formula == "ratio" and own.ratio is not None:
        parts = [marker_string(declared, one) if isinstance(one, str) else "" for one in own.ratio]
        return _over(parts[0], parts[1]) if not any("/" in part for part in parts) else ""
    return ""


def reason_words(flags: Sequence[str], tube: str = "") -> str:
    """CPREASND: the first reason among the flags of an empty value, in words; of its own `tube` before others."""
    for flag in sorted(flags, key=lambda one: not one.partition(":")[0].endswith(f"_{tube}")):
        name = flag.partition(":")[0]
        if name in _REASONS and name not in _OF_A_TUBE:
            return _REASONS[name]
        for start in _OF_A_TUBE:
            if name == start or name.startswith(f"{start}_"):
                return " ".join(_REASONS[start].format(name[len(start) + 1 :].upper()).split())
    return ascii_text(flags[0].partition(":")[0].replace("_", " ").upper()) if flags else "NO VALUE"


def _markers_of(declared: Declared, cells: str | None) -> str:
    if cells is None:
        return ""
    own = declared.definition.cells[cells]
    return own.markers or _as_markers(own.population)


def _as_markers(population: str) -> str:
    """The population's name where it is a marker string itself: "CD3+"."""
    return population if _MARKERS.fullmatch(population) else ""


def _over(one: str, other: str) -> str:
    return f"{one}/{other}" if one and other else ""
