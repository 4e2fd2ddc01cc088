"""A share of a whole, and what it makes of it."""

from collections.abc import Iterator
from typing import ClassVar

from tregate.gating.findings import Finding, Severity
from tregate.gating.wording import number_text
from tregate.pipelines.plausible.relation import AtVisit, Called, LimitOf, Relation
from tregate.pipelines.plausible.spreads import ROUNDING, spread_outside, spreads_of

FIRST_ORDER = 0.10
"""Slack of the spread of a product, which holds to first order only."""


class Product(Relation):
    """product = share / 100 x whole, in every subject."""

    MEASURES: ClassVar[tuple[str, ...]] = ("product", "share", "whole")

    product: str
    share: str
    whole: str

    def broken_by(self, at: AtVisit, limit: LimitOf, called: Called) -> Iterator[Finding]:
        """Mean and SD of the product that those of share and whole do not allow."""
        product, share, whole = self.product, self.share, self.whole
        spreads = spreads_of(at, (product, share, whole))
        if spreads is None:
            return
        seen, of_share, of_whole = spreads
        by_whole = at[share].mean * of_whole / 100.0
        by_share = at[whole].mean * of_share / 100.0
        yield from spread_outside(
            "sd_of_product",
            called(product),
            seen,
            low=abs(by_whole - by_share) * (1.0 - FIRST_ORDER),
            high=(by_whole + by_share + of_share * of_whole / 100.0) * (1.0 + FIRST_ORDER),
            why=f"{called(share)} and {called(whole)} have SDs {number_text(of_share)} and {number_text(of_whole)}",
        )
        expected = at[share].mean * at[whole].mean / 100.0
        margin = of_share * of_whole / 100.0 + 2.0 * ROUNDING * expected
        if abs(at[product].mean - expected) > margin:
            yield Finding(
                "mean_of_product",
                Severity.FAIL,
                f"Mean {called(product)} ({number_text(at[product].mean)}) does not agree with mean {called(share)} "
                f"and mean {called(whole)} (expected about {number_text(expected)}). Check how the values were "
                "combined.",
                value=at[product].mean,
                limit=f"{max(0.0, expected - margin):.4g} to {expected + margin:.4g}",
            )
