"""A strategy: the populations of one kind of tube, in gating order. Valid by construction."""

from collections.abc import Iterator
from functools import cached_property
from typing import Annotated, Literal

from pydantic import Field, model_validator

from tregate.gating.geometry.scales import Scale
from tregate.gating.strategy.computed import ComputedAxis
from tregate.gating.strategy.counting import Counting
from tregate.gating.strategy.gate_references import guides_of, references_of
from tregate.gating.strategy.gates import Gate, LearnedGate
from tregate.gating.strategy.model import Model
from tregate.gating.strategy.panel import Panel
from tregate.gating.strategy.quadrants import written_out
from tregate.gating.strategy.references import ALL as ALL
from tregate.gating.strategy.scale_spec import ScaleSpec as ScaleSpec
from tregate.gating.strategy.versions import StrategyChange, VersionName, version_problem

GATE_CV_PERCENT = 1.0
"""Of a population whose strategy states no `gate_cv_percent`; laboratory practice."""


class Alternative(Model):
    """Another way to the same population, for files that lack a marker of the first."""

    axes: Annotated[tuple[str, ...], Field(min_length=1)]
    gate: Gate


class Population(Model):
    """A gate on a parent, or logic on other populations."""

    parent: str | None = None
    axes: tuple[str, ...] = ()
    gate: Gate | None = None
    instead: tuple[Alternative, ...] = ()
    """Tried in order where a marker of `axes` is missing."""
    all_of: tuple[str, ...] = ()
    any_of: tuple[str, ...] = ()
    none_of: tuple[str, ...] = ()
    optional: bool = False
    """A missing marker skips a cleaning step (singlets, steady), empties any other population; no failure."""
    step: bool = False
    """A cleaning step (dead cells): what follows means the same without it, so it may be skipped."""
    without: str = ""
    """What an omitted step means, for the finding: "dead cells are not excluded"."""
    show: str | None = None
    """Second axis for pictures of a one-axis gate."""
    together: tuple[tuple[str, ...], ...] = ()
    """Groups of markers that may share one channel and leave the population what it is: NK with CD16 and CD56."""

    @property
    def is_logic(self) -> bool:
        return self.gate is None

    @property
    def is_cleaning(self) -> bool:
        """Steps whose absence leaves the meaning of what follows unchanged."""
        return self.gate is not None and (self.step or self.gate.kind in ("singlets", "steady"))

    @cached_property
    def references(self) -> tuple[str, ...]:
        """Every population that this one refers to."""
        names: list[str] = [self.parent] if self.parent is not None else []
        names += [*self.all_of, *self.any_of, *self.none_of]
        for _, gate in self.choices():
            names += references_of(gate)
        return tuple(dict.fromkeys(names))

    @model_validator(mode="after")
    def _one_kind(self) -> "Population":
        logic = self.all_of + self.any_of + self.none_of
        if self.gate is None and not logic:
            raise ValueError("a population needs `gate` (with `axes`), or `all_of`, `any_of`, `none_of`")
        if self.none_of and not (self.all_of or self.any_of) and self.parent is None:
            raise ValueError("`none_of` alone needs a `parent` (`all` for every event)")
        if self.gate is not None and logic:
            raise ValueError("a population has either a `gate` or logic (`all_of`, `any_of`, `none_of`), not both")
        if self.gate is not None and not self.axes:
            raise ValueError("a gate needs `axes`")
        if self.gate is not None and self.parent is None:
            raise ValueError("a gate needs a `parent` (`all` for every event)")
        for axes, gate in self.choices():
            _check_axes(axes, gate)
        return self

    def choices(self) -> Iterator[tuple[tuple[str, ...], Gate]]:
        """The gate and its alternatives, each with its axes."""
        if self.gate is not None:
            yield self.axes, self.gate
            for alternative in self.instead:
                yield alternative.axes, alternative.gate


_AXES = {
    "range": (1, 1), "valley": (1, 1), "tail": (1, 1), "reference": (1, 1), "split": (1, 1), "control": (1, 1),
    "steady": (1, 1), "polygon": (2, 2), "diagonal": (2, 2), "template": (2, 2), "singlets": (2, 2), "backgate": (2, 2),
    "mixture": (1, 2), "beads": (1, 12), "doublets": (1, 12), "box": (2, 12),
    "ellipse": (2, 12), "quadric": (1, 12), "borrow": (1, 12), "learned": (1, 12),
}  # fmt: skip


def _check_axes(axes: tuple[str, ...], gate: Gate) -> None:
    low, high = _AXES[gate.kind]
    if not low <= len(axes) <= high:
        wanted = str(low) if low == high else f"{low} to {high}"
        raise ValueError(f"a {gate.kind} gate needs {wanted} axes and has {len(axes)}")
    if len(set(axes)) != len(axes):
        raise ValueError("the same axis twice")
    if gate.kind == "box" and len(gate.sides) != len(axes):
        raise ValueError(f"a box on {len(axes)} axes needs as many sides and has {len(gate.sides)}")
    if gate.kind == "ellipse" and len(gate.center) != len(axes):
        raise ValueError(f"an ellipse on {len(axes)} axes needs as many center values and has {len(gate.center)}")
    if gate.kind == "quadric" and len(gate.linear) != len(axes):
        raise ValueError(f"a quadric on {len(axes)} axes needs as many linear terms and has {len(gate.linear)}")
    if gate.kind == "mixture" and gate.take.lowest is not None and gate.take.lowest not in axes:
        raise ValueError(f"take: lowest names {gate.take.lowest}, which is not one of the axes")
    if gate.kind == "learned":
        for variant in gate.model.variants:
            if not set(axes) <= set(variant.markers):
                raise ValueError(f"the model has a variant without {', '.join(set(axes) - set(variant.markers))}")
    otherwise = getattr(gate, "otherwise", None)
    if isinstance(otherwise, float | int) and len(axes) != 1:
        raise ValueError("`otherwise` as a number fits one axis only; write a gate")
    if isinstance(otherwise, Model):
        _check_axes(axes, otherwise)  # type: ignore[arg-type]


class Check(Model):
    """A limit on one tube's result."""

    check: Literal["events", "percent", "margin", "stained"]
    """`margin`: events of the population at the top of a fluorescence scale. `stained`: markers that define it."""
    of: str
    about: str | None = None
    """Population whose values the check concerns, where that is not `of`."""
    at_least: float | None = None
    at_most: float | None = None
    severity: Literal["info", "warn", "fail"] = "warn"
    within: str | None = None
    """Of `percent`: the ancestor that the percentage is of; otherwise the parent."""
    needed_for: str | None = None
    """Of `events`: the population whose percentage needs that many events of its parent."""
    brighter: tuple[str, ...] = ()
    """Of `stained`: markers in which the population is brighter than the rest of its parent."""
    dimmer: tuple[str, ...] = ()
    least_pairs: Annotated[float, Field(gt=0.5, le=1)] = 0.75
    """Of `stained`: least share of pairs, one event of the population and one of the rest, in which it is so."""
    name: str | None = None
    """Name of the finding. study.yaml may set `<name>_low` and `<name>_high` of a percentage under `checks:`."""

    @model_validator(mode="after")
    def _fits_its_kind(self) -> "Check":
        if self.within is not None and (self.check != "percent" or self.name is None):
            raise ValueError("`within` belongs to `check: percent` with a `name`")
        if self.needed_for is not None and self.check != "events":
            raise ValueError("`needed_for` belongs to `check: events`")
        if bool(self.brighter or self.dimmer) != (self.check == "stained"):
            raise ValueError("`brighter` and `dimmer` belong to `check: stained`, which needs one of them")
        return self


class BeadCounting(Model):
    """Which population is counted as beads, and how."""

    population: str = "beads"
    doublets: Literal["two", "one"] = "two"
    """Whether a bead doublet counts as the two beads that went in, or as one event."""
    doublet_population: str | None = None
    """Population of bead doublets, where the strategy separates them."""


class PairCounting(Model):
    """How cells that passed in pairs are found in this kind of tube."""

    marker: str = "CD45"
    """Leucocytes are bright in it. Where it is not stained, forward scatter separates them from debris."""
    reference: str | None = None
    """Population whose median in `marker` leucocytes are judged by. Default: the first that is gated on SSC-A."""
    at_least: Annotated[float, Field(gt=0, lt=1)] = 0.1
    """Intensity, of that median, from which an event is a leucocyte."""
    impossible: tuple[str, ...] = ()
    """Two populations with a threshold each that no single cell can be in (CD3+, B): for tubes without pulse shape."""

    @model_validator(mode="after")
    def _two(self) -> "PairCounting":
        if len(self.impossible) not in (0, 2):
            raise ValueError("impossible names two populations that no single cell can be in, or none")
        return self


class Strategy(Model):
    """What one kind of tube is gated by."""

    strategy: str
    about: str = ""
    panel: Panel
    washed: bool = False
    """True: the tube was washed after staining, so bead counts are refused."""
    compensation: Literal["file", "none"] = "file"
    scales: dict[str, ScaleSpec] = Field(default_factory=dict)
    computed: dict[str, ComputedAxis] = Field(default_factory=dict)
    """Axes that are computed from markers: ratios, and values before compensation."""
    populations: Annotated[dict[str, Population], Field(min_length=1)]
    lock_at_baseline: tuple[str, ...] = ()
    """Populations whose gate is found on the subject's baseline tube and used as it is on later visits."""
    beads: BeadCounting | None = None
    coincidence: PairCounting = PairCounting()
    gate_cv_percent: dict[str, Annotated[float, Field(ge=0, le=100)]] = Field(default_factory=dict)
    """Population -> uncertainty that its gates bring to its count, as validated [relative SD, %]. A population that
    is not listed has that of its nearest listed ancestor, else 1 %."""
    checks: tuple[Check, ...] = ()
    absent: tuple[str, ...] = ()
    """Markers that no tube of this kind carries, as declared: no finding reports them."""
    counting: Counting | None = None
    """Way of counting that study.yaml declares for the tube; None: by beads, where the strategy counts them."""
    version: VersionName | Literal[""] = ""
    changes: tuple[StrategyChange, ...] = ()
    """What changed from version to version, the newest first."""

    @model_validator(mode="after")
    def _versions(self) -> "Strategy":
        if problem := version_problem(self.version, self.changes):
            raise ValueError(problem)
        return self

    @model_validator(mode="before")
    @classmethod
    def _quadrants_written_out(cls, data: object) -> object:
        if not isinstance(data, dict) or not isinstance(data.get("populations"), dict):
            return data
        problems: list[tuple[str, str]] = []
        populations = written_out(data["populations"], problems)
        if problems:
            raise ValueError(f'population "{problems[0][0]}": {problems[0][1]}')
        return {**data, "populations": populations}

    def scale_of(self, marker: str) -> Scale:
        spec = self.scales.get(marker) or self.scales.get("default") or ScaleSpec()
        return spec.scale()

    def methods(self) -> Iterator[Gate]:
        """Every gate of every population, with alternatives and fallbacks."""
        for population in self.populations.values():
            for _, gate in population.choices():
                here: Gate | None = gate
                while here is not None:
                    yield here
                    otherwise = getattr(here, "otherwise", None)
                    here = otherwise if isinstance(otherwise, Model) else None  # type: ignore[assignment]

    @cached_property
    def parents(self) -> dict[str, str]:
        """Population -> the one that percent_of_parent refers to."""
        return {name: self._parent_of(name) for name in self.populations}

    def _parent_of(self, name: str) -> str:
        population = self.populations[name]
        if population.parent is not None:
            return population.parent
        if len(population.all_of) == 1:
            return population.all_of[0]
        lines = [self.lineage(member) for member in (population.all_of or population.any_of)]
        shared = set(lines[0]).intersection(*lines[1:])
        return next(ancestor for ancestor in lines[0] if ancestor in shared)

    def lineage(self, name: str) -> tuple[str, ...]:
        """The population and its ancestors, nearest first, ending in "all"."""
        if name not in self._lineages:
            line = [name]
            while line[-1] != ALL:
                line.append(self._parent_of(line[-1]))
            self._lineages[name] = tuple(line)
        return self._lineages[name]

    @cached_property
    def _lineages(self) -> dict[str, tuple[str, ...]]:
        """Those that were asked for."""
        return {}

    @cached_property
    def scatter_population(self) -> str | None:
        """The cells of interest by scatter: `coincidence: reference`, else the first population gated on SSC-A."""
        gated = (n for n, one in self.populations.items() if "SSC-A" in one.axes and not one.is_cleaning)
        return self.coincidence.reference or next(gated, None)

    def gate_cv_of(self, name: str) -> float:
        """Uncertainty that the gates bring to a population's count [relative SD, %]: its own or an ancestor's."""
        stated = (self.gate_cv_percent[here] for here in self.lineage(name) if here in self.gate_cv_percent)
        return next(stated, GATE_CV_PERCENT)

    @cached_property
    def all_grounds(self) -> dict[str, frozenset[str]]:
        """Population -> its `grounds`."""
        return {name: self.grounds(name) for name in self.populations}

    def grounds(self, name: str) -> frozenset[str]:
        """The population and all that it is gated within or made of, also by what it leaves out."""
        found: set[str] = set()
        waiting = [name]
        while waiting:
            here = waiting.pop()
            if here in found or here == ALL:
                continue
            found.add(here)
            made_of = self.populations[here]
            waiting += [*made_of.all_of, *made_of.any_of, *made_of.none_of]
            if made_of.parent is not None:
                waiting.append(made_of.parent)
        return frozenset(found)

    @cached_property
    def stands_for(self) -> dict[str, str]:
        """Population by which a learned gate's second one is placed -> the learned population, of the same cells."""
        found: dict[str, str] = {}
        for name, population in self.populations.items():
            second = (
                population.gate.second if population.gate is not None and population.gate.kind == "learned" else None
            )
            if second is not None:
                gate = self.populations[second].gate
                placed_by = (second, *(() if gate is None else references_of(gate)))
                beside = {one for by in placed_by if by in self.populations for one in self.grounds(by)}
                found |= dict.fromkeys(beside - self.grounds(name), name)
        return found

    @cached_property
    def markers(self) -> dict[str, bool]:
        """Marker -> whether some population that is not optional cannot do without it."""
        needed: dict[str, bool] = {}
        for population in self.populations.values():
            for axes, gate in population.choices():
                required = not population.optional and not population.instead
                for axis in self._in_markers(axes):
                    needed[axis] = needed.get(axis, False) or required
                for guide in guides_of(gate):
                    needed.setdefault(guide, False)
            for shown in self._in_markers(() if population.show is None else (population.show,)):
                needed.setdefault(shown, False)
        return needed

    def _in_markers(self, axes: tuple[str, ...]) -> tuple[str, ...]:
        """The axes with what is computed replaced by what it is computed from."""
        return tuple(part for a in axes for part in (self.computed[a].parts if a in self.computed else (a,)))

    @cached_property
    def used_computed(self) -> dict[str, ComputedAxis]:
        """The computed axes that some population uses."""
        axes = {axis for one in self.populations.values() for axes, _ in one.choices() for axis in axes}
        axes |= {one.show for one in self.populations.values() if one.show is not None}
        return {name: axis for name, axis in self.computed.items() if name in axes}

    @cached_property
    def only_recorded(self) -> frozenset[str]:
        """Markers that are used as recorded and nowhere compensated: parts of uncompensated axes alone."""
        used = {a for one in self.populations.values() for axes, _ in one.choices() for a in axes}
        used |= {guide for one in self.populations.values() for _, gate in one.choices() for guide in guides_of(gate)}
        used |= {one.show for one in self.populations.values() if one.show is not None}
        parts: tuple[set[str], set[str]] = (set(), set())
        for axis in self.used_computed.values():
            parts[axis.of_compensated].update(axis.parts)
        return frozenset(parts[False] - parts[True] - used)

    @cached_property
    def helpful_markers(self) -> frozenset[str]:
        """Markers that only a learned boundary would use, and does without where a file lacks them."""
        learned, others = set[str](), set[str]()
        for population in self.populations.values():
            others |= {population.show} if population.show is not None else set()
            for axes, gate in population.choices():
                others |= set(axes)
                (learned if isinstance(gate, LearnedGate) else others).update(guides_of(gate))
        return frozenset(learned - others)

    @cached_property
    def gating_order(self) -> tuple[str, ...]:
        """Populations so that each comes after all it refers to; otherwise as listed."""
        done: dict[str, None] = {ALL: None}
        for first in self.populations:
            # No recursion: a chain of imported logic can be longer than Python's stack
            open_ones = [(first, iter(self.populations[first].references))] if first not in done else []
            while open_ones:
                name, needed = open_ones[-1]
                following = next((one for one in needed if one not in done), None)
                if following is None:
                    done[name] = None
                    open_ones.pop()
                else:
                    open_ones.append((following, iter(self.populations[following].references)))
        del done[ALL]
        return tuple(done)
