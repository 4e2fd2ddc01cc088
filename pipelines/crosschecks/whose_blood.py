"""Whose blood is it? Two samples that fit each other's subject better than their own were probably exchanged.

Features of a tube are what stays in a person: ln ratios of the shares of its lymphocyte subsets, and how bright
positive cells are. Their spread within a person is estimated over the whole study by a robust covariance
[Rousseeuw & Van Driessen 1999].
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tregate.gating.findings import Severity
from tregate.pipelines.crosschecks.per_tube import at_tube
from tregate.pipelines.crosschecks.robust_covariance import robust_covariance
from tregate.pipelines.crosschecks.visits import sound
from tregate.pipelines.study.crosscheck_limits import StudyLimits
from tregate.pipelines.tabulate.results import Results
from tregate.pipelines.tubes.records import TubeFinding, TubeRecord

LEAST_VISITS = 3
LEAST_SUBJECTS = 3
LEAST_ROWS_A_FEATURE = 5
AGREES = 2.0
"""Chi-square from which a tube of another kind agrees that two samples were exchanged."""
LEVEL_FLOOR = 0.01
"""Least SD of a level within a person, on its scale of 0 to 1: about a tenth of the intensity."""
MOST_TUBES = 2000
"""Tubes of one visit up to which every exchange is tried."""
SHARE_FLOOR = 0.08
"""Least SD of ln(odds) of a share within a person."""
LEVEL = "level "
Matrix = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Kind:
    """The tubes of one kind; distances are Euclidean, in SD of one person's tubes."""

    records: Sequence[TubeRecord]
    level: Matrix
    """(n, features) less the visit's median, whitened."""
    others: Matrix
    """(n, features): the median of the subject's other tubes; not a number where there are too few."""

    def gain(self, one: str, other: str, visit: str) -> float:
        """Chi-square by which the tubes of two subjects fit better exchanged; 0 where one is missing."""
        at = [i for i, r in enumerate(self.records) if r.visit == visit and r.subject in (one, other)]
        if len(at) != 2 or not np.isfinite(self.others[at]).all():
            return 0.0
        far = np.square(self.level[at][:, None, :] - self.others[at][None, :, :]).sum(axis=2)
        return float(np.trace(far) - np.trace(far[:, ::-1]))


def whose_blood(results: Results, limits: StudyLimits) -> Iterator[TubeFinding]:
    """Both tubes of every exchange that explains the study much better; tubes of another kind that agree as well."""
    kinds = [kind for records in _by_tube(results).values() if (kind := _kind(records)) is not None]
    found: dict[tuple[str, str, str], float] = {}
    for kind in kinds:
        for gain, one, other, visit in _exchanges(kind, limits):
            found[one, other, visit] = max(gain, found.get((one, other, visit), 0.0))
    for (one, other, visit), gain in found.items():
        for kind in kinds:
            if kind.gain(one, other, visit) < AGREES:
                continue
            for record in kind.records:
                if record.visit == visit and record.subject in (one, other):
                    who = other if record.subject == one else one
                    yield at_tube(
                        record, "whose_blood", Severity.WARN,
                        f"This tube fits the other visits of {who} better than those of {record.subject}, and the "
                        f"other way round: were the {visit} samples of both exchanged? Check labels and files.",
                        value=gain, limit=f"at most {limits.swap_gain:g}",
                    )  # fmt: skip


def _by_tube(results: Results) -> Mapping[str, list[TubeRecord]]:
    kinds: dict[str, list[TubeRecord]] = defaultdict(list)
    for record in sound(results):
        if record.result is not None:
            kinds[record.tube].append(record)
    return kinds


def _kind(records: Sequence[TubeRecord]) -> _Kind | None:
    """The tubes by what stays in a person; None where there are too few of them to know."""
    features = [features_of(record) for record in records]
    names = sorted(set.intersection(*map(set, features)))
    if not names or not _enough(records, len(names)):
        return None
    level = np.array([[found[name] for name in names] for found in features], dtype=float)
    visits = np.array([record.visit for record in records])
    for visit in dict.fromkeys(visits):
        level[visits == visit] -= np.median(level[visits == visit], axis=0)
    others = _elsewhere(level, np.array([record.subject for record in records]))
    usable = np.isfinite(others).all(axis=1)
    if usable.sum() < LEAST_SUBJECTS * LEAST_VISITS:
        return None
    floors = np.array([LEVEL_FLOOR if name.startswith(LEVEL) else SHARE_FLOOR for name in names])
    free = usable.sum() - len({record.subject for record in records})
    if free < len(names) + 2:
        return None
    precision = _precision((level - others)[usable], floors) * _unbiased(free, len(names))
    white = np.linalg.cholesky(precision)
    return _Kind(records, level @ white, others @ white)


def _unbiased(free: int, features: int) -> float:
    """Factor on the inverse of a covariance estimated with `free` degrees of freedom [Anderson 2003, 7.7].

    Half of the covariance is diagonal, so that its inverse is too large as that of half as many features is.
    """
    return (free - features / 2 - 1) / free


def features_of(record: TubeRecord) -> Mapping[str, float]:
    """ln odds of each measured share below the lymphocytes, and levels."""
    if record.result is None:
        return {}
    levels = record.result.traits.levels
    found = {f"{LEVEL}{population}": value for population, value in levels.items()}
    gates = {gate.population: gate for gate in record.result.gates}
    for count in record.result.counts:
        if count.events is None or not count.parent_events or count.population in record.not_cells:
            continue
        gate = gates.get(count.population)
        if gate is None or gate.method in ("logic", "steady") or count.parent_events < 100:
            continue
        if str(count.population) not in levels:
            continue  # shares of scatter are the sample's
        found[f"share {count.population}"] = math.log((count.events + 0.5) / (count.parent_events - count.events + 0.5))
    return found


def _enough(records: Sequence[TubeRecord], features: int) -> bool:
    visits = defaultdict(set)
    for record in records:
        visits[record.subject].add(record.visit)
    often = [subject for subject, found in visits.items() if len(found) >= LEAST_VISITS]
    return len(often) >= LEAST_SUBJECTS and len(records) >= max(12, LEAST_ROWS_A_FEATURE * features // 2)


def _exchanges(kind: _Kind, limits: StudyLimits) -> Iterator[tuple[float, str, str, str]]:
    """(gain, subject, subject, visit), the best first; what was exchanged is put back before the next is looked for."""
    subjects = np.array([record.subject for record in kind.records])
    visits = np.array([record.visit for record in kind.records])
    level, others = kind.level.copy(), kind.others.copy()
    pairs = sum(n * (n - 1) / 2 for n in Counter(visits.tolist()).values())
    limit = limits.swap_gain + max(0.0, 2.0 * math.log(pairs / 100.0)) if pairs else limits.swap_gain
    done: list[int] = []
    while (best := _best_exchange(level, others, subjects, visits)) is not None and best[0] > limit:
        gain, i, k = best
        one, other = sorted((i, k))
        yield gain, str(subjects[one]), str(subjects[other]), str(visits[one])
        level[[i, k]] = level[[k, i]]
        others = _elsewhere(level, subjects)
        done += [i, k]
        others[done] = np.nan


def _best_exchange(
    level: Matrix, others: Matrix, subjects: npt.NDArray[np.str_], visits: npt.NDArray[np.str_]
) -> tuple[float, int, int] | None:
    """(gain in chi-square, tube, tube) of the exchange within a visit that explains most."""
    best: tuple[float, int, int] | None = None
    for visit in dict.fromkeys(visits):
        rows = np.flatnonzero((visits == visit) & np.isfinite(others).all(axis=1))
        if not 2 <= len(rows) <= MOST_TUBES:
            continue
        far = np.zeros((len(rows), len(rows)))
        for feature in range(level.shape[1]):  # one at a time: all together would take memory as their number
            far += np.square(level[rows, feature][:, None] - others[rows, feature][None, :])
        as_is = np.diag(far)[:, None] + np.diag(far)[None, :]
        swapped = far + far.T
        gain = np.where(swapped < as_is / 2, as_is - swapped, 0.0)
        gain[subjects[rows][:, None] == subjects[rows][None, :]] = 0.0
        i, k = np.unravel_index(int(np.argmax(gain)), gain.shape)
        if gain[i, k] > 0.0 and (best is None or gain[i, k] > best[0]):
            best = float(gain[i, k]), int(rows[i]), int(rows[k])
    return best


def _elsewhere(level: Matrix, subjects: npt.NDArray[np.str_]) -> Matrix:
    """(n, features): median of each subject's other tubes; not a number where there are fewer than two."""
    found = np.full(level.shape, np.nan)
    for subject in dict.fromkeys(subjects):
        rows = np.flatnonzero(subjects == subject)
        if len(rows) < LEAST_VISITS:
            continue
        for row in rows:
            found[row] = np.median(level[rows[rows != row]], axis=0)
    return found


def _precision(residuals: Matrix, floors: Matrix) -> Matrix:
    """Inverse of the robust covariance, with a floor of counting noise on each feature."""
    floor = np.diag(floors**2)
    spread = 1.4826 * np.median(np.abs(residuals), axis=0)
    if len(residuals) < 3 * residuals.shape[1]:
        return np.asarray(np.linalg.inv(np.diag(spread**2) + floor))
    covariance = robust_covariance(residuals)  # without full rank it gets the floor below
    # Half of what is estimated from few tubes is set to what each feature varies by itself.
    return np.asarray(np.linalg.inv((covariance + np.diag(spread**2)) / 2 + floor))
