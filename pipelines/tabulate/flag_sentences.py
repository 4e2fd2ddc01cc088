"""What each flag says, in one sentence: the text of docs/tables.md and of the pages."""

from collections.abc import Iterable, Mapping

EMPTY: Mapping[str, str] = {
    "missing_tube_T": "samples.csv lists no tube T for this subject and visit",
    "tube_failed_T": "tube T is in failures.csv",
    "excluded_T": "samples.csv gives a reason in exclude, or a reviewer excluded tube T",
    "several_tubes_T": "more than one tube T is listed and not excluded",
    "in_mean_T": "of a repeat: tube T is part of the mean of the visit that it repeats",
    "not_in_study": "no tube of the study contains the population",
    "unmeasured": "a marker is missing, or a gate could not be placed",
    "parent_empty": "the parent contains no event, so there is no percentage",
    "bead_load_missing": "no bead load is declared for the tube",
    "bead_lot_unknown": "bead_lots.csv does not list the lot of the beads",
    "bead_lot_missing": "the lot of the beads is not declared",
    "bead_concentration_missing": "the concentration of the bead lot is not declared",
    "bead_volume_missing": "the volume of beads added is not declared",
    "blood_volume_missing": "the volume of blood is not declared",
    "volume_missing": "counted without beads: the volume acquired is not known",
    "volume_above_total": "counted without beads: more was acquired than there was in the tube",
    "haematology_missing": "counted without beads: samples.csv has no haematology value",
    "haematology_unmeasured": "counted without beads: no event of the population that the haematology value counts",
    "no_beads": "beads were declared, but the bead gate is empty",
    "beads_unmeasured": "beads were declared, but the bead gate could not be placed",
    "washed": "washed tube: the beads were removed, so it has no cells/µL of its own",
    "no_bead_gate": "the strategy counts no beads",
    "no_bead_tube": "no bead tube with a concentration for this washed tube",
    "no_bridge": "the table definition names no population for the bridge",
    "baseline_missing": "no fold change: the baseline is missing",
    "baseline_zero": "no fold change: the baseline is zero",
    "baseline_below_loq": "no fold change: the baseline is below quantification",
    "settings_changed": "no mean of replicates, or no fold change of an intensity: the settings of the channel differ",
    "intensity_near_zero": "no fold change of an intensity: the confidence limits of a median contain 0",
    "marker_missing": "no intensity: the file has no channel of the marker",
    "standard_missing": "no intensity: the standard population has fewer than 50 events",
    "standard_near_zero": "no intensity: the confidence limits of the standard contain 0",
    "no_valley": "no percentage: fewer than 500 events of the population of split, or no valley on the marker",
    "denominator_not_positive": "the denominator of a ratio is not above 0",
    "not_finite": "a ratio is too large to calculate",
    "teff_not_positive": "no ratio to Teff: the value of Teff is zero or negative",
    "not_cells": "beads, or a cleaning step: it has no concentration",
}
"""Flags that say why a cell is empty; T: the name of a kind of tube."""

UNCERTAIN: Mapping[str, str] = {
    "below_detection": "fewer than 20 events",
    "below_loq": "20 to 49 events: detected, not quantifiable",
    "wide_limits": "at least 50 events, and a 95 % confidence limit is more than 10 % from the value",
    "imprecise": "a 95 % confidence limit is more than 25 % from the value: review before use",
    "below_lloq": "below the laboratory's own limit of quantification (lloq in study.yaml)",
    "gate_by_hand": "the value depends on a gate that a reviewer placed; changes.csv has the change",
    "pairs_unmeasured": "the share of cells in pairs is not known: cells/µL are not corrected",
    "unstable_flow": "washed tube: an interval of the acquisition was excluded, or most of it is unstable",
    "replicate_apart": "the value differs from the other repeats of the tube by more than counting explains",
    "replicate_missing": "a mean of fewer replicates than samples.csv lists for the visit, or than most visits have",
    "doublets": "more than 5 % of the leucocytes passed in pairs; percentages are not affected",
    "shallow_valley": "the valley of split is less than half as deep as the lower mode is high; its place is uncertain",
    "intensity_saturated": "more than 2 % of the events are at the top of scale of the marker",
    "intensity_drift": "intensity: the standard or negative cells differ from those of other visits",
    "intensity_settings": "intensity: the channel has other settings than in most tubes",
}
"""Flags that say why a value is uncertain."""

ANY_OTHER = "a check warned; its row in findings.csv gives value, limit and what to do"


def sentence_of(flag: str) -> str:
    """What a flag says, of a measure or tube that it names too.

    >>> sentence_of("below_loq:nk"), sentence_of("tube_failed_TREG")
    ('20 to 49 events: detected, not quantifiable', 'tube TREG is in failures.csv')
    """
    name = flag.partition(":")[0]
    for known, sentence in EMPTY.items():
        start = known.removesuffix("T")
        if known.endswith("_T") and name.startswith(start):
            return sentence.replace("tube T", f"tube {name[len(start) :]}")
    return EMPTY.get(name) or UNCERTAIN.get(name) or ANY_OTHER


def legend(cells: Iterable[str]) -> list[tuple[str, str]]:
    """(flag, sentence) of every flag in cells of flags ("a;b:nk"), each once without its measure, by name.

    >>> legend(["wide_limits:nk;below_loq:treg", "wide_limits", ""])[0]
    ('below_loq', '20 to 49 events: detected, not quantifiable')
    """
    names = {flag.partition(":")[0] for cell in cells for flag in cell.split(";") if flag}
    return [(name, sentence_of(name)) for name in sorted(names)]
