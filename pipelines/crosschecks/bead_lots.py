"""Bead lots of a study: expired ones, and more than one."""

from collections.abc import Iterator

from tregate.gating.findings import Finding, Severity
from tregate.pipelines.crosschecks.per_tube import at_tube
from tregate.pipelines.crosschecks.visits import usable
from tregate.pipelines.study.crosscheck_limits import StudyLimits
from tregate.pipelines.tabulate.results import Results
from tregate.pipelines.tubes.records import TubeFinding


def bead_lot_expired(results: Results, limits: StudyLimits) -> Iterator[TubeFinding]:
    """A lot past its last day on the day of acquisition. Never judged by today's date: a re-run says the same.

    A file that does not state its day is judged by the first day that any file of the study states.
    """
    unjudged: dict[str, str] = {}
    first = min((one.acquired for one in results.records if one.acquired is not None), default=None)
    for record in usable(results):
        if record.washed or record.counted_by is None or not record.bead_lot:
            continue
        if record.bead_lot_expires is None:
            unjudged.setdefault(record.bead_lot, "bead_lots.csv has no `expires` for it")
        elif (used := record.acquired or first) is None:
            unjudged.setdefault(record.bead_lot, "the files do not state an acquisition date")
        elif used > record.bead_lot_expires:
            last = record.bead_lot_expires.isoformat()
            when = f"{'on' if record.acquired else 'not before'} {used.isoformat()}"
            yield at_tube(
                record, "bead_lot_expired", Severity.WARN,
                f'Bead lot "{record.bead_lot}" expired on {last} and was used {when}; its beads/µL may have changed. '
                "Correct the lot, or repeat with a valid one.",
                limit=f"until {last}", of_setup=True,
            )  # fmt: skip
    for lot, why in unjudged.items():
        message = f'The expiry of bead lot "{lot}" is not checked: {why}.'
        finding = Finding("bead_expiry_unchecked", Severity.INFO, message)
        yield TubeFinding("", "", "", "", finding)


def bead_lots_mixed(results: Results, limits: StudyLimits) -> Iterator[TubeFinding]:
    """Two lots in one study: a step between lots looks like a change between visits."""
    lots = dict.fromkeys(r.bead_lot for r in usable(results) if r.counted_by is not None and r.bead_lot)
    if len(lots) > 1:
        message = (
            f"{len(lots)} bead lots are used: {', '.join(lots)}. A difference between lots appears as a change between "
            "visits."
        )
        finding = Finding("bead_lots_mixed", Severity.INFO, message, value=float(len(lots)), limit="one lot")
        yield TubeFinding("", "", "", "", finding)
