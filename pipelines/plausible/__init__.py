"""Kinds of relation that a table definition may declare as `plausible:`. One file a kind, and one line here.

A relation of means is judged by its own `broken_by`; one of tubes or single visits by a check between tubes.
"""

from tregate.pipelines.plausible.beads_per import BeadsPer
from tregate.pipelines.plausible.blood import Blood
from tregate.pipelines.plausible.carried import Carried
from tregate.pipelines.plausible.exchangeable import Exchangeable
from tregate.pipelines.plausible.folds import Fold
from tregate.pipelines.plausible.parts import Parts
from tregate.pipelines.plausible.products import Product
from tregate.pipelines.plausible.ranges import Range
from tregate.pipelines.plausible.ratios import Ratio
from tregate.pipelines.plausible.relation import Relation
from tregate.pipelines.plausible.same_blood import SameBlood
from tregate.pipelines.plausible.same_share import SameShare
from tregate.pipelines.plausible.sums import Sum

KINDS: dict[str, type[Relation]] = {
    "parts": Parts,
    "sum": Sum,
    "product": Product,
    "range": Range,
    "ratio": Ratio,
    "fold": Fold,
    "same_in_bead_tubes": SameBlood,
    "same_in_all_tubes": SameShare,
    "beads_per": BeadsPer,
    "blood": Blood,
    "exchangeable": Exchangeable,
    "carried_by": Carried,
}
"""Key that an entry of this kind has, and no other -> the kind."""
