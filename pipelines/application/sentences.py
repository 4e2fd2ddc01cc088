"""What each key of study.yaml means, in a sentence for who fills in a form. docs/study.md says more."""

from collections.abc import Mapping

STUDY: Mapping[str, str] = {
    "study": "Name of the study, shown on the page and in the tables.",
    "laboratory": "Name of the laboratory, for the CDISC table cp.csv.",
    "samples": "The list of files, relative to study.yaml.",
    "bead_lots": "The list of bead lots; without it there are no cells/µL by beads/µL of a lot.",
    "subjects": "The list of subjects with arm, site and stratum; without it no arms are compared.",
    "visits": "Planned visits in order. Day is the study day (1 is the first dose, there is no day 0); the window "
    "is the number of days before and after it that are allowed.",
    "unscheduled": "Visits outside the plan, separated by commas; UNS, UNS1 and the like need no entry.",
    "baseline": "The visit that fold changes and tests compare with; the first visit if empty.",
    "tubes": "Each kind of tube, as samples.csv names it, and the strategy that gates it.",
    "tables": "Which measures the visit tables contain.",
    "beads": "How beads are added to a kind of tube, where its rows of samples.csv leave it empty.",
    "counting": "How a kind of tube gives cells/µL without beads: by the volume acquired, or by haematology.",
    "replicates": "The value of a visit where a kind of tube was measured several times: the first, or the mean.",
    "controls": "Folder of single-stain controls; the check compares the matrices of the files with them.",
    "distinct": "Names that look alike and are different on purpose, separated by commas.",
    "preparation_cv_percent": "Uncertainty of pipetting and lysis [% CV]; it widens the confidence limits.",
    "coincidence": "Cells that pass the laser in pairs: correct cells/µL for them, report the factor only, or none.",
    "coincidence_percent": "Share of leucocytes in pairs [%], used where a tube does not show its pairs.",
    "second_opinion": "Compares the gates of each tube with a mixture over all markers.",
    "analysis": "Tests, fixed before the data are seen.",
    "checks": "Your own limits of checks, by name.",
    "lloq": "Lower limits of quantification of your laboratory, by measure, in the unit of the measure.",
    "absent": "Markers that no file of a kind of tube carries; no finding reports them.",
    "blind": "Keeps arms and the order of visits out of page and tables until the run is unblinded.",
}
"""Key of study.yaml -> sentence."""

ANALYSIS: Mapping[str, str] = {
    "planned_on": "Day on which the plan was fixed, as 2026-01-15; it is printed with the hash of the plan.",
    "primary_measure": "Primary endpoint, as table.measure; that of the table definition if empty.",
    "primary_visit": "Visit of the primary endpoint; the first visit after the baseline if empty.",
    "primary_test": "Test at the primary visit.",
    "later_test": "Test at the other visits.",
    "tests_of": "A measure's own test at every visit, as {table.measure: test}.",
    "zeros": "Unchanged pairs in the signed-rank test: ranked and then dropped (pratt), or dropped first (wilcox).",
    "adjust": "Adjustment of p over the visits of a measure; the primary endpoint is not adjusted.",
    "families": "Tests that are adjusted together, as {name: {measures: [...], visits: [...], adjust: holm}}.",
    "cell": "What a cell of the printed tables shows: mean and SD, median and range, or median and quartiles.",
    "below_loq": "Values below the limit of quantification: as counted, censored, or excluded with a warning.",
    "exclude_subjects": "Subjects excluded from summary, tests and figures, separated by commas.",
    "spans": "Visits over which the factor time is tested, as {name: [D15, M1, M3]}.",
    "responders": "Fold changes that make a responder, as [{measure: table.measure, visit: D8, at_least: 1.35}].",
    "reference_arm": "Arm that the others are compared with; the first arm if empty.",
    "covariates": "Factors in the analysis of covariance between arms: site, stratum.",
    "fold_limit": "A fold change beyond this, or below 1 divided by this, is a finding.",
}
"""Key of `analysis` -> sentence."""

BEADS: Mapping[str, str] = {
    "lot": "Lot of counting beads.",
    "bead_volume_ul": "Volume of beads [µL].",
    "blood_volume_ul": "Volume of blood [µL].",
    "beads_per_tube": "Beads per tube, for products that state them.",
    "dilution": "Dilution of the blood before pipetting: 2 for 1:2.",
}
"""Key of `beads` -> sentence."""

SECTIONS: Mapping[str, tuple[str, ...]] = {
    "Study": ("study", "laboratory", "samples", "bead_lots", "subjects"),
    "Visits": ("visits", "unscheduled", "baseline"),
    "Tubes": ("tubes", "tables", "replicates", "absent", "distinct", "controls"),
    "Beads and counting": ("beads", "counting", "preparation_cv_percent", "coincidence", "coincidence_percent"),
    "Checks and limits": ("second_opinion", "checks", "lloq", "blind"),
    "Primary endpoint": ("planned_on", "primary_measure", "primary_visit", "primary_test"),
    "Other tests": ("later_test", "tests_of", "zeros", "adjust", "families", "spans", "responders"),
    "Arms and tables": ("exclude_subjects", "reference_arm", "covariates", "below_loq", "cell", "fold_limit"),
}
"""Title of a part of the form -> its keys, of the study or of its plan."""
