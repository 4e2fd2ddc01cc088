"""What a table definition declares: cells (a population and the tubes that give it) and measures (values of cells)."""

from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, Field, model_validator

from tregate.gating.strategy.model import Model
from tregate.pipelines.study.catalogue_ids import cell_type_id, loinc_code

Formula = Literal["per", "percent_of", "intensity", "ratio", "difference", "sum", "choose"]
FORMULAS: tuple[Formula, ...] = get_args(Formula)
COUNTED = ("per", "percent_of")
"""Formulas of a count of cells."""
PERCENTAGES = ("percent_positive", "percent_negative")
"""Statistics of an intensity that are percentages of events."""
OF_CELLS = (*COUNTED, "intensity")
"""Formulas of the events of one population; the others are arithmetic of measures."""

Operand = str | Annotated[float, Field(strict=True)]
"""Name of a measure, or a number."""


_MARKERS = r"([A-Za-z0-9]+?(\+|-|lo|mid|hi))+"
"""Markers without blanks and hyphens, each with its level, as SDTMIG 3.4 writes them."""
MARKERS, RATIO_OF_MARKERS = f"^{_MARKERS}$", f"^{_MARKERS}(/{_MARKERS})?$"


class Cells(Model):
    """One kind of cell: a population, and which tube of a visit gives it."""

    population: str
    beads: bool = False
    """True: only from a tube that counts beads."""
    bridge: str | None = None
    """In a washed tube: the cells (their name in `cells:`) whose concentration in the bead tube the share is set on."""
    prefer: tuple[str, ...] = ()
    """Strategies, best first, where several tubes have the population."""
    beside: tuple[str, ...] = ()
    """Populations that the tube should have too, where no preference decides."""
    markers: str | None = Field(default=None, pattern=MARKERS)
    """Markers that define the cells, from the top of the hierarchy, for CPMRKSTR: CD3+CD4+CD25hi."""
    ontology: Annotated[str, AfterValidator(cell_type_id)] | None = None
    """Identifier of the cell type, for example CL:0000623 of the Cell Ontology; its name may follow after " ! "."""


class Arithmetic(Model):
    """How one value is made. Exactly one of the formulas."""

    cells: str | None = None
    """Name in `cells:`, for `per` and `percent_of`."""
    per: Literal["ul"] | None = None
    """Cells/µL of blood: by the tube's own beads, or bridged through the bead tube."""
    percent_of: str | None = None
    """Percentage of this population, within one tube. It must be an ancestor of the cells' population."""
    intensity: str | None = None
    """Marker whose intensity on the cells is measured, in compensated linear units of the file."""
    statistic: Literal["median", "standardised", "percent_positive", "percent_negative"] = "median"
    """Of an intensity: the median, the median over that of `standard`, or the percentage of events that are positive,
    or negative."""
    standard: str | None = None
    """Population of the same tube whose intensity should not move."""
    negative: str | None = None
    """Population without the marker, whose 99 % quantile is where positive begins. Default: `standard`."""
    split: str | None = None
    """Population that the marker divides in two: positive begins in the valley between them."""
    ratio: tuple[Operand, Operand] | None = None
    """First / second, times `times`."""
    difference: Annotated[tuple[Operand, ...], Field(min_length=2)] | None = None
    """First less all others."""
    sum: Annotated[tuple[str, ...], Field(min_length=2)] | None = None
    times: float = 1.0
    markers: str | None = Field(default=None, pattern=RATIO_OF_MARKERS)
    """CPMRKSTR of cp.csv. Default: the markers of the cells, for a percentage or ratio with those of the whole."""
    empty_flag: str | None = None
    """Flag of a ratio whose denominator is not above 0; otherwise `denominator_not_positive:<measure>`."""

    @property
    def formula(self) -> Formula:
        return next(name for name in FORMULAS if getattr(self, name, None) is not None)

    @property
    def operands(self) -> tuple[Operand, ...]:
        """Measures and numbers that the value is made of; none where cells are counted."""
        return self.ratio or self.difference or self.sum or ()

    @model_validator(mode="after")
    def _one_formula(self) -> "Arithmetic":
        given = [name for name in FORMULAS if getattr(self, name, None) is not None]
        if len(given) != 1:
            raise ValueError(
                f"{'no formula' if not given else ' and '.join(f'`{name}`' for name in given)}; "
                f"give exactly one of {', '.join(f'`{name}`' for name in FORMULAS)}"
            )
        if self.intensity is None and (self.standard or self.negative or self.split or self.statistic != "median"):
            raise ValueError("`statistic`, `standard`, `negative` and `split` belong to an `intensity`")
        if self.statistic == "standardised" and self.standard is None:
            raise ValueError("a standardised intensity needs a `standard`")
        if self.statistic in PERCENTAGES and not (self.standard or self.negative or self.split):
            raise ValueError("a percentage of positive events needs a `negative` population, or one to `split`")
        if self.split and (self.negative or self.standard or self.statistic not in PERCENTAGES):
            raise ValueError("`split` is for a percentage of events, without `standard` and `negative`")
        if (self.cells is not None) != (given[0] in OF_CELLS):
            wanted = "needs `cells`" if given[0] in OF_CELLS else "is made of measures, so `cells` has no meaning"
            raise ValueError(f"`{given[0]}` {wanted}")
        return self


class Option(Arithmetic):
    """One of several definitions of a measure."""

    about: str = ""
    """What it is, for footnotes: "CD3+ cells without Treg"."""


class Measure(Arithmetic):
    """One value per subject and visit, and how it is shown."""

    choose: str | None = None
    """Name in `choices:`; `options` are the definitions to choose from."""
    options: dict[str, Option] = Field(default_factory=dict)
    label: str = ""
    """As table1.md, figures and cp.csv name it, without unit. Default: the population, or the measure's own name."""
    short: str = ""
    """As the page and the console name it. Default: the population, or the label."""
    unit: str | None = None
    """Default: cells/µL, "% of" the population, or none."""
    code: str | None = Field(default=None, pattern=r"^[A-Z][A-Z0-9_]{0,7}$")
    """CPTESTCD of cp.csv. Default: made of the measure's name."""
    test: str | None = Field(default=None, pattern=r"^[ -~]{1,40}$")
    """CPTEST of cp.csv: the name of the cells, not their markers. Default: CDISC's name of the code, or the label."""
    subset: str | None = Field(default=None, pattern=MARKERS)
    """CPSBMRKS: markers that make the cells of `test`, which then ends in "Sub", a subset of the named ones."""
    loinc: Annotated[str, Field(pattern=r"^[0-9]{1,7}-[0-9]$"), AfterValidator(loinc_code)] | None = None
    """CPLOINC of cp.csv."""
    decimals: Annotated[int, Field(ge=0, le=6)] | None = None
    """Of means and values that a person reads. Default: by the size of the value. CSV files keep their digits."""
    quality: bool = False
    """True: about the measurement and not the blood, so without fold changes and tests in table1.md."""
    fold_column: str | None = None
    """Name of its fold column. Default: fold_<measure>."""
    quantified_by: tuple[str, ...] | None = None
    """Cells whose events decide whether the value can be quantified. Default: all cells that it is made of."""
    lloq: Annotated[float, Field(gt=0)] | None = None
    """Lower limit of quantification of the laboratory's own validation, in the measure's unit."""
    printed_as: tuple[str, ...] = ()
    """Names of the row in printed tables of visits."""

    @model_validator(mode="after")
    def _options_of_choice(self) -> "Measure":
        if (self.choose is None) != (not self.options):
            raise ValueError("`choose` and `options` belong together")
        return self
