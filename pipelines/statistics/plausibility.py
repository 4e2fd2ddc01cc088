"""Can this table be? Parts within wholes, spreads that fit together, p that n allows.

Works on means and SDs alone, so on a printed table as well as on a summary.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

from tregate.gating.findings import Finding, Severity
from tregate.gating.wording import number_text, percent_text
from tregate.pipelines.statistics.outcome import STARS, floor_of
from tregate.pipelines.statistics.statistic import Statistic, Statistics
from tregate.pipelines.tubes.records import TubeFinding

PARTS = (
    ("treg_per_ul", "cd4_per_ul"),
    ("cd4_per_ul", "cd3_per_ul"),
    ("cd8_per_ul", "cd3_per_ul"),
    ("cd3_per_ul", "lymphocytes_per_ul"),
    ("b_per_ul", "lymphocytes_per_ul"),
    ("nk_per_ul", "lymphocytes_per_ul"),
    ("nk_bright_per_ul", "nk_per_ul"),
    ("nk_dim_per_ul", "nk_per_ul"),
)
SUMS = (
    ("lymphocytes_per_ul", ("cd3_per_ul", "b_per_ul", "nk_per_ul"), "lymphosum"),
    ("cd3_per_ul", ("cd4_per_ul", "cd8_per_ul"), "cd4_cd8_sum"),
    ("nk_per_ul", ("nk_bright_per_ul", "nk_dim_per_ul"), "nk_sum"),
)
SHARES = (("treg_per_ul", "treg_percent_of_cd4", "cd4_per_ul"),)
"""Product, percentage, whole: product = percentage / 100 x whole in every subject."""

ROUNDING = 0.01
"""What a printed mean may be off, relative."""
SUM_WARN, SUM_FAIL = 0.05, 0.10
"""What parts may miss or exceed their total by, relative (lymphosum: CAP 95-105, IUPAC 90-110 %)."""
FIRST_ORDER = 0.10
"""Slack of the spread of a product, which holds to first order only."""
RANGES = {"treg_percent_of_cd4": (1.0, 25.0)}
CD4_CD8_RANGE = (0.2, 10.0)


def implausible(table: Statistics) -> list[TubeFinding]:
    """Everything about the table that cannot be (fail) or is for review (warn, info), visit by visit."""
    visits = list(dict.fromkeys(visit for _, visit in table))
    return [
        TubeFinding("", visit, "", "", finding)
        for visit in visits
        for check in _CHECKS
        for finding in check({quantity: cell for (quantity, at), cell in table.items() if at == visit})
    ]


def p_beyond_floor(what: str, p_value: float, pairs: int) -> Finding | None:
    """A finding where a printed p is smaller than an exact paired test of so many pairs can give."""
    floor = floor_of(pairs)
    if p_value >= floor * (1.0 - ROUNDING):
        return None
    return Finding(
        "p_below_floor",
        Severity.WARN,
        f"{what}: p = {p_value:g} is smaller than an exact paired test of {pairs} pairs can give. Check the "
        "test and the number of pairs.",
        value=p_value,
        limit=f"at least {floor:.4g}",
    )


Visit = Mapping[str, Statistic]


def _parts_within_wholes(at: Visit) -> Iterator[Finding]:
    for part, whole in PARTS:
        if part in at and whole in at and at[part].mean > at[whole].mean * (1.0 + ROUNDING):
            yield Finding(
                "part_within_whole",
                Severity.FAIL,
                f"Mean {part} ({number_text(at[part].mean)}) is larger than mean {whole} "
                f"({number_text(at[whole].mean)}), which includes it. Review the gates and the pipetting.",
                value=at[part].mean,
                limit=f"at most {at[whole].mean:.4g}",
            )


def _sums(at: Visit) -> Iterator[Finding]:
    for total, parts, check in SUMS:
        if not _whole(at, (total, *parts)) or at[total].mean <= 0.0:
            continue
        ratio = sum(at[part].mean for part in parts) / at[total].mean
        if abs(ratio - 1.0) > SUM_WARN:
            yield Finding(
                check,
                Severity.FAIL if abs(ratio - 1.0) > SUM_FAIL else Severity.WARN,
                f"The means of {', '.join(parts)} add up to {percent_text(ratio)} of mean {total}. Review the gates "
                "and the pipetting.",
                value=100.0 * ratio,
                limit=f"{100.0 * (1.0 - SUM_WARN):.0f} to {100.0 * (1.0 + SUM_WARN):.0f} %",
            )


def _spread_of_sums(at: Visit) -> Iterator[Finding]:
    for total, parts, _ in SUMS:
        spreads = _spreads(at, (total, *parts))
        if spreads is None:
            continue
        seen, *of_parts = spreads
        slack = SUM_WARN * at[total].mean
        yield from _spread(
            "sd_of_sum",
            total,
            seen,
            low=max(0.0, 2.0 * max(of_parts) - sum(of_parts)) - slack,
            high=sum(of_parts) + slack,
            why=f"its parts {', '.join(parts)} have SDs {', '.join(number_text(sd) for sd in of_parts)}",
        )


def _shares(at: Visit) -> Iterator[Finding]:
    for product, share, whole in SHARES:
        spreads = _spreads(at, (product, share, whole))
        if spreads is None:
            continue
        seen, of_share, of_whole = spreads
        by_whole = at[share].mean * of_whole / 100.0
        by_share = at[whole].mean * of_share / 100.0
        yield from _spread(
            "sd_of_product",
            product,
            seen,
            low=abs(by_whole - by_share) * (1.0 - FIRST_ORDER),
            high=(by_whole + by_share + of_share * of_whole / 100.0) * (1.0 + FIRST_ORDER),
            why=f"{share} and {whole} have SDs {number_text(of_share)} and {number_text(of_whole)}",
        )
        expected = at[share].mean * at[whole].mean / 100.0
        margin = of_share * of_whole / 100.0 + 2.0 * ROUNDING * expected
        if abs(at[product].mean - expected) > margin:
            yield Finding(
                "mean_of_product",
                Severity.FAIL,
                f"Mean {product} ({number_text(at[product].mean)}) does not agree with mean {share} and mean {whole} "
                f"(expected about {number_text(expected)}). Check how the values were combined.",
                value=at[product].mean,
                limit=f"{max(0.0, expected - margin):.4g} to {expected + margin:.4g}",
            )


def _ranges(at: Visit) -> Iterator[Finding]:
    for quantity, (low, high) in RANGES.items():
        if quantity in at and not low <= at[quantity].mean <= high:
            yield _outside(quantity, at[quantity].mean, low, high)
    if _whole(at, ("cd4_per_ul", "cd8_per_ul")) and at["cd8_per_ul"].mean > 0.0:
        ratio = at["cd4_per_ul"].mean / at["cd8_per_ul"].mean
        if not CD4_CD8_RANGE[0] <= ratio <= CD4_CD8_RANGE[1]:
            yield _outside("CD4/CD8", ratio, *CD4_CD8_RANGE)


def _claims(at: Visit) -> Iterator[Finding]:
    for quantity, cell in at.items():
        if cell.pairs_floor is None:
            continue
        claimed = next((limit for limit, stars in STARS if stars == cell.stars), None)
        if claimed is not None and cell.pairs_floor >= claimed:
            yield Finding(
                "stars_below_floor",
                Severity.FAIL,
                f"{quantity} has the stars {cell.stars} (p < {claimed:g}), but an exact test of these pairs cannot "
                "give so small a p. Check the test.",
                value=claimed,
                limit=f"p at least {cell.pairs_floor:.4g}",
            )


_CHECKS: tuple[Callable[[Visit], Iterator[Finding]], ...] = (
    _parts_within_wholes,
    _sums,
    _spread_of_sums,
    _shares,
    _ranges,
    _claims,
)


def _spread(check: str, what: str, seen: float, *, low: float, high: float, why: str) -> Iterator[Finding]:
    if low <= seen <= high:
        return
    far = seen < 0.5 * low or seen > 2.0 * high
    yield Finding(
        check,
        Severity.FAIL if far else Severity.WARN,
        f"The SD of {what} ({number_text(seen)}) is {'impossible' if far else 'implausible'}: {why}. Check the "
        "values of the subjects.",
        value=seen,
        limit=f"{max(0.0, low):.4g} to {high:.4g}",
    )


def _outside(what: str, value: float, low: float, high: float) -> Finding:
    return Finding(
        "out_of_range",
        Severity.WARN,
        f"Mean {what} of {number_text(value)} is unusual in adults. Review the gates.",
        value=value,
        limit=f"{low:g} to {high:g}",
    )


def _whole(at: Visit, quantities: Sequence[str]) -> bool:
    """All there, and of the same number of subjects (as far as the table says)."""
    return all(q in at for q in quantities) and len({at[q].n for q in quantities}) == 1


def _spreads(at: Visit, quantities: Sequence[str]) -> list[float] | None:
    if not _whole(at, quantities):
        return None
    spreads = [sd for q in quantities if (sd := at[q].sd) is not None]
    return spreads if len(spreads) == len(quantities) else None
