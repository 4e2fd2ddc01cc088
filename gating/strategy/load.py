"""A strategy by its shipped name or its path, with its panel; everything wrong with it at once."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from tregate.gating.errors import ConfigurationError, Problem
from tregate.gating.geometry.scales import LogScale
from tregate.gating.read.regular_file import is_file_or_odd, is_regular
from tregate.gating.strategy.computed import computed_problems
from tregate.gating.strategy.panel import Panel
from tregate.gating.strategy.quadrants import written_out
from tregate.gating.strategy.references import reference_problems, written_references
from tregate.gating.strategy.schema import ALL, Strategy
from tregate.gating.strategy.schema_errors import problems_in
from tregate.gating.strategy.yaml_source import Source, read_yaml
from tregate.gating.units import is_physical


def shipped(folder: str, name: str) -> Path:
    """Path of a configuration that comes with tregate: folder "strategies", "panels", "models" or "tables"."""
    from tregate import configs

    return Path(str(configs.__file__)).parent / folder / f"{name}.yaml"


def find(reference: str, folder: str, beside: Path | None) -> Path | None:
    """A path relative to `beside`, else a shipped name ("treg" or "panels/treg"); None where neither is."""
    if beside is not None:
        for candidate in (beside / reference, beside / f"{reference}.yaml"):
            if is_file_or_odd(candidate):
                return candidate
    elif is_file_or_odd(Path(reference)):
        return Path(reference)
    name = reference.removeprefix(f"{folder}/").removesuffix(".yaml")
    if "/" in name or "\\" in name or not name:
        return None
    path = shipped(folder, name)
    return path if is_regular(path) else None


def shipped_names(folder: str) -> tuple[str, ...]:
    """Names of the shipped configurations of one kind."""
    return tuple(sorted(path.stem for path in shipped(folder, "x").parent.glob("*.yaml")))


def load_strategy(reference: str, beside: Path | None = None) -> Strategy:
    """The strategy of a shipped name, or of a path relative to `beside` (the current folder where None).

    Parameters
    ----------
    reference : shipped name ("tetrachrome_t", "tetrachrome_nk", "treg", "treg_nk") or path of a YAML file
    beside : folder that a relative path starts from

    Returns
    -------
    Strategy: panel, scales, populations in gating order with their gates, checks. Its numbers are compensated linear
    intensities on the scale that it states; docs/strategies.md has every key and the source of every method.

    Raises
    ------
    ConfigurationError : with every problem of the strategy and its panel

    Examples
    --------
    >>> strategy = load_strategy("treg")
    >>> strategy.washed, list(strategy.populations)[-1]
    (True, 'CD4+ non-Treg')
    """
    path = find(reference, "strategies", beside)
    if path is None:
        names = ", ".join(shipped_names("strategies"))
        raise ConfigurationError(
            [Problem(reference, None, "the strategy does not exist.", f"Use a shipped one ({names}) or a path.")]
        )
    return strategy_from(read_yaml(path), path.parent)


def strategy_from(source: Source, folder: Path) -> Strategy:
    """A strategy from its YAML; `panel` may be a name, a path beside it, or written out."""
    problems = list(source.repeated)
    if not isinstance(source.data, dict):
        raise ConfigurationError([*problems, Problem(source.file, 1, "a strategy must be a mapping of keys.")])
    data: dict[str, Any] = dict(source.data)
    has_panel = True
    if isinstance(data.get("panel"), str):
        try:
            data["panel"] = _panel(data["panel"], folder, source)
        except ConfigurationError as error:
            problems += error.problems
            data["panel"] = Panel()
            has_panel = False
    if isinstance(data.get("populations"), dict):
        wrong: list[tuple[str, str]] = []
        data["populations"] = written_out(data["populations"], wrong)
        problems += [
            Problem(source.file, source.line(("populations", name)), f'population "{name}": {what}.')
            for name, what in wrong
        ]
        source = replace(source, data=data)
    if "populations" in data:
        data["populations"] = with_models(data["populations"], folder, source, problems)
    if isinstance(data.get("scales"), dict):
        data["scales"] = {
            marker: {"kind": spec} if isinstance(spec, str) else spec for marker, spec in data["scales"].items()
        }
    try:
        strategy = Strategy.model_validate(data)
    except ValidationError as error:
        problems += problems_in(error, source, Strategy)
        problems += reference_problems(written_references(data.get("populations")), source)
        raise ConfigurationError(_in_order(problems, source)) from None
    problems += _contradictions(strategy, source, has_panel)
    if problems:
        raise ConfigurationError(_in_order(problems, source))
    return strategy


def with_models(populations: object, folder: Path, source: Source, problems: list[Problem]) -> object:
    """The populations, with every named model written out."""
    if not isinstance(populations, dict):
        return populations
    out = dict(populations)
    for name, population in populations.items():
        gate = population.get("gate") if isinstance(population, dict) else None
        if not isinstance(gate, dict) or gate.get("kind") != "learned" or not isinstance(gate.get("model"), str):
            continue
        path = find(gate["model"], "models", folder)
        if path is None:
            line = source.line(("populations", name, "gate"))
            known = ", ".join(shipped_names("models"))
            problems.append(
                Problem(source.file, line, f'there is no model "{gate["model"]}".', f"Shipped ones: {known}.")
            )
            out[name] = {key: value for key, value in population.items() if key != "gate"}
            continue
        out[name] = {**population, "gate": {**gate, "model": read_yaml(path).data}}
    return out


def _in_order(problems: list[Problem], source: Source) -> list[Problem]:
    """As a person goes down the page; other files after."""
    return sorted(problems, key=lambda problem: (problem.file != source.file, problem.line or 0))


def _panel(reference: str, folder: Path, strategy: Source) -> Panel:
    if find(reference, "panels", folder) is None:
        names = ", ".join(shipped_names("panels"))
        line = strategy.line(("panel",))
        raise ConfigurationError(
            [Problem(strategy.file, line, f'the panel "{reference}" does not exist.', f"Use a shipped one: {names}.")]
        )
    return load_panel(reference, folder)


def load_panel(reference: str, beside: Path | None = None) -> Panel:
    """The panel of a shipped name, or of a path relative to `beside`.

    Raises ConfigurationError with every problem of the panel.
    """
    path = find(reference, "panels", beside)
    if path is None:
        raise ConfigurationError([Problem(reference, None, "the panel does not exist.")])
    source = read_yaml(path)
    try:
        panel = Panel.model_validate(source.data)
    except ValidationError as error:
        raise ConfigurationError([*source.repeated, *problems_in(error, source, Panel)]) from None
    if source.repeated:
        raise ConfigurationError(source.repeated)
    return panel


def _contradictions(strategy: Strategy, source: Source, has_panel: bool) -> list[Problem]:
    """What a schema cannot see: names that refer to nothing, cycles, markers that no panel knows."""
    populations = strategy.populations
    problems = []
    if ALL in populations:
        line = source.line(("populations", ALL))
        problems.append(
            Problem(source.file, line, f'"{ALL}" is reserved for every event of the file.', "Choose another name.")
        )
    problems += reference_problems({name: population.references for name, population in populations.items()}, source)
    if has_panel and not problems:
        for name, population in populations.items():
            for axes, _ in population.choices():
                for marker in axes:
                    known = marker in strategy.panel.markers or marker in strategy.computed
                    if not known and not is_physical(marker):
                        line = source.line(("populations", name, "axes"))
                        message = f'population "{name}" is gated on "{marker}", which is not in the panel.'
                        problems.append(
                            Problem(source.file, line, message, f"Markers: {', '.join(strategy.panel.markers)}.")
                        )
    if has_panel:
        problems += [
            Problem(source.file, source.line(("computed", name)), f'the computed axis "{name}" {what}.')
            for name, what in computed_problems(strategy.computed, strategy.panel.markers)
        ]
    problems += _off_log_axes(strategy, source)
    for i, name in enumerate(strategy.lock_at_baseline):
        if name not in populations or populations[name].is_logic:
            line = source.line(("lock_at_baseline", i))
            problems.append(Problem(source.file, line, f'"{name}" cannot be locked: it has no gate.'))
    for i, check in enumerate(strategy.checks):
        for named in (check.of, check.about, check.within, check.needed_for):
            if named is not None and named not in populations:
                line = source.line(("checks", i))
                problems.append(Problem(source.file, line, f'a check refers to "{named}", which does not exist.'))
        for marker in (*check.brighter, *check.dimmer):
            if has_panel and marker not in strategy.panel.markers:
                line = source.line(("checks", i))
                problems.append(Problem(source.file, line, f'a check names the marker "{marker}", not in the panel.'))
    for key, names in (
        ("gate_cv_percent", tuple(strategy.gate_cv_percent)),
        ("coincidence", (*strategy.coincidence.impossible, *_named(strategy.coincidence.reference))),
    ):
        for name in names:
            if name not in populations:
                line = source.line((key,))
                problems.append(Problem(source.file, line, f'`{key}` names "{name}", which does not exist.'))
    if strategy.beads is not None:
        for named in (strategy.beads.population, strategy.beads.doublet_population):
            if named is not None and named not in populations:
                line = source.line(("beads",))
                problems.append(Problem(source.file, line, f'beads are counted in "{named}", which does not exist.'))
        if strategy.washed:
            line = source.line(("beads",))
            problems.append(Problem(source.file, line, "a washed tube contains no beads to count.", "Remove `beads:`."))
    return problems


def _named(name: str | None) -> tuple[str, ...]:
    return () if name is None else (name,)


def _off_log_axes(strategy: Strategy, source: Source) -> Iterator[Problem]:
    """A logarithm has no place for zero and below: a corner or centre there lies nowhere."""
    for name, population in strategy.populations.items():
        for axes, gate in population.choices():
            corners = gate.vertices if gate.kind in ("polygon", "template") else ()
            points = (gate.center,) if gate.kind == "ellipse" else corners
            for axis in dict.fromkeys(a for point in points for a, at in zip(axes, point, strict=True) if at <= 0):
                if isinstance(strategy.scale_of(axis), LogScale):
                    line = source.line(("populations", name, "gate"))
                    message = f'population "{name}" has a point at or below 0 on {axis}, which has a log scale.'
                    yield Problem(source.file, line, message, "Use a number above 0, or a logicle scale.")
