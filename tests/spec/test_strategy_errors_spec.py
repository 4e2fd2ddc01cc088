"""What is wrong with a strategy is reported all at once, each with its line: on the right of the YAML, what is said."""

from pathlib import Path

import pytest
from spec_tables import rows_of, strategy_of

from tregate.gating.errors import ConfigurationError, Problem
from tregate.gating.strategy.gates import LearnedGate
from tregate.gating.strategy.load import load_panel, load_strategy, shipped, shipped_names
from tregate.gating.strategy.references import written_references
from tregate.gating.strategy.yaml_source import parse_yaml, read_yaml

HEAD = """strategy: spec
panel: {markers: {CD3: , CD4: }}
populations:
"""


def problems(yaml: str) -> list[Problem]:
    with pytest.raises(ConfigurationError) as raised:
        strategy_of(yaml)
    return list(raised.value.problems)


def reported(yaml: str) -> list[tuple[int | None, str]]:
    return [(problem.line, f"{problem.message} {problem.remedy}".strip()) for problem in problems(yaml)]


def test_everything_wrong_is_reported_at_once_down_the_page() -> None:
    yaml = f"""{HEAD}
  CD3+: {{parent: all, axes: [CD3], gate: {{kind: valey, keep: above}}}}
  CD4+: {{parent: CD3, axes: [CD4], gate: {{kind: valley, kep: above}}}}
  A: {{parent: B, axes: [CD3], gate: {{kind: range, low: 1}}}}
  B: {{parent: A, axes: [CD3], gate: {{kind: range, low: 1}}}}
  B: {{parent: all, axes: [CD3], gate: {{kind: range, low: 1}}}}
"""
    expected = """
    5 | "valey" is not a kind of gate (at populations.CD3+.gate).
    6 | the key "keep" is missing (at populations.CD4+.gate.keep). Add it.
    6 | unknown key "kep" (at populations.CD4+.gate.kep). Did you mean "keep"?
    6 | population "CD4+" refers to "CD3", which does not exist. Populations: CD3+, CD4+, A, B.
    7 | populations refer to each other in a circle: A -> B -> A.
    9 | the key "B" is given twice (first on line 8). Remove one.
    """
    found = reported(yaml)
    assert [line for line, _ in found] == [int(line) for line, _ in rows_of(expected)]
    for (_, message), (_, start) in zip(found, rows_of(expected), strict=True):
        assert message.startswith(start)


@pytest.mark.parametrize(
    ("population", "message"),
    [
        ("{parent: all, axs: [CD3], gate: {kind: range, low: 1}}", 'unknown key "axs" (at populations.P.axs).'),
        ("{parent: all, axes: [CD3], gate: {low: 1}}", "the gate has no `kind` (at populations.P.gate)."),
        ("{parent: all, axes: [CD3], gate: {kind: range, low: 5, high: 2}}", "low (5) must be below high (2)"),
        ("{parent: all, axes: [CD3], gate: {kind: range}}", "a range needs `low`, `high` or both"),
        ("{parent: all, axes: [CD3], gate: {kind: range, low: bright}}", "input should be a valid number"),
        (
            "{parent: all, axes: [CD3], gate: {kind: range, low: true}}",
            "low: expected a number or a word, found true or false",
        ),
        (
            "{parent: all, axes: [CD3, CD4], gate: {kind: box, sides: [[1, true], [1, 2]]}}",
            "sides: expected a number or a word, found true or false",
        ),
        ("{parent: all, axes: [CD3], gate: {kind: range, low: .inf}}", "input should be a finite number, found inf"),
        ("{parent: all, axes: [CD3, CD4], gate: {kind: range, low: 5}}", "a range gate needs 1 axes and has 2"),
        ("{parent: all, axes: [CD3], gate: {kind: polygon, vertices: [[1, 1], [2, 2], [3, 1]]}}",
         "a polygon gate needs 2 axes and has 1"),
        ("{parent: all, axes: [CD3, CD4], gate: {kind: polygon, vertices: [[1, 1], [2, 2]]}}",
         "populations.P.gate.vertices needs at least 3 entries and has 2."),
        ("{parent: all, axes: [CD3, CD3], gate: {kind: box, sides: [[1, 2], [1, 2]]}}", "the same axis twice"),
        ("{parent: all, axes: [CD3, CD4], gate: {kind: box, sides: [[1, 2], [3, 2]]}}",
         "low (3) must be below high (2)"),
        ("{parent: all, axes: [CD3, CD4], gate: {kind: ellipse, center: [1, 1], covariance: [[1, 2], [2, 1]], "
         "distance_square: 1}}", "covariance must be positive definite"),
        ("{parent: all, axes: [CD3, CD4], gate: {kind: ellipse, center: [1, 1], covariance: [[1, 0.5], [0.2, 1]], "
         "distance_square: 1}}", "covariance must be symmetric"),
        ("{parent: all, axes: [CD3], gate: {kind: valley, keep: above, otherwise: {kind: valey}}}",
         '"valey" is not a kind of gate (at populations.P.gate.otherwise).'),
        ("{parent: all}", "a population needs `gate` (with `axes`), or `all_of`, `any_of`, `none_of`"),
        ("{axes: [CD3], gate: {kind: range, low: 1}}", "a gate needs a `parent` (`all` for every event)"),
        ("{none_of: [Q]}", "`none_of` alone needs a `parent`"),
        ("{parent: all, axes: [CD3], gate: {kind: range, low: 1}, all_of: [Q]}",
         "a population has either a `gate` or logic"),
        ("{parent: all, all_of: [R]}", 'population "P" refers to "R", which does not exist.'),
        ("{parent: all, axes: [CD3], gate: {kind: reference, of: R, quantile: 0.5, keep: above}}",
         'population "P" refers to "R", which does not exist.'),
        ("{parent: P, axes: [CD3], gate: {kind: range, low: 1}}",
         "populations refer to each other in a circle: P -> P."),
        ("{parent: all, axes: [CD8], gate: {kind: range, low: 1}}",
         'population "P" is gated on "CD8", which is not in the panel. Markers: CD3, CD4.'),
        ("just words", "expected a mapping of keys, found 'just words' (at populations.P)."),
    ],
)  # fmt: skip
def test_one_thing_wrong_is_one_problem(population: str, message: str) -> None:
    yaml = f"{HEAD}  Q: {{parent: all, axes: [CD3], gate: {{kind: range, low: 1}}}}\n  P: {population}\n"
    (found,) = reported(yaml)
    assert found[0] == 5
    assert found[1].startswith(message)


@pytest.mark.parametrize(
    ("tail", "line", "message"),
    [
        ("checks: [{check: events, of: Treg, at_least: 3}]", 5, 'a check refers to "Treg", which does not exist.'),
        ("beads: {population: beads}", 5, 'beads are counted in "beads", which does not exist.'),
        ("washed: true\nbeads: {population: P}", 6, "a washed tube contains no beads to count."),
        ("compensation: maybe", 5, "input should be 'file' or 'none', found 'maybe'"),
        (
            "scales: {CD3: hyperlog}",
            5,
            "input should be 'linear', 'logicle', 'asinh', 'log' or 'biex', found 'hyperlog'",
        ),
        ("scales:\n  CD3: {kind: logicle, decades: 1, linear: 2}", 6, "a logicle needs linear at most half of decades"),
        ("scale: {}", 5, 'unknown key "scale" (at scale). Did you mean "scales"?'),
        ("strategy: again", 5, 'the key "strategy" is given twice (first on line 1).'),
    ],
)
def test_the_rest_of_the_file(tail: str, line: int, message: str) -> None:
    (found,) = reported(f"{HEAD}  P: {{parent: all, axes: [CD3], gate: {{kind: range, low: 1}}}}\n{tail}\n")
    assert found[0] == line
    assert found[1].startswith(message)


def test_points_below_zero_have_no_place_on_a_log_axis() -> None:
    gate = "{kind: polygon, vertices: [[-1, 10], [100, 10], [100, 100]]}"
    yaml = f"{HEAD}  P: {{parent: all, axes: [CD3, CD4], gate: {gate}}}\nscales: {{CD3: log}}\n"
    (found,) = reported(yaml)
    assert found == (
        4, 'population "P" has a point at or below 0 on CD3, which has a log scale. '
        "Use a number above 0, or a logicle scale.",
    )  # fmt: skip
    assert strategy_of(yaml.replace("CD3: log", "CD3: logicle")).populations["P"]


def test_a_circle_through_a_reference_is_a_circle() -> None:
    yaml = f"""{HEAD}
  low: {{parent: high, axes: [CD3], gate: {{kind: range, high: 1}}}}
  high: {{parent: all, axes: [CD3], gate: {{kind: reference, of: low, quantile: 0.5, keep: above}}}}
"""
    assert [message for _, message in reported(yaml)] == [
        "populations refer to each other in a circle: low -> high -> low. One of them must start from another parent."
    ]


def test_a_misspelt_key_is_not_reported_to_be_itself() -> None:
    """`population` is a key further down, so that the nearest word was the misspelt one."""
    (hint,) = [
        str(found)
        for found in problems(HEAD.replace("populations:", "population:") + "  P: {parent: all}\n")
        if "unknown key" in found.message
    ]
    assert hint.endswith('Did you mean "populations"?')


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("all_of: P", "expected a list such as [first, second], found 'P' (at populations.Q.all_of)."),
        (
            "all_of: [1]",
            "expected a word, found 1 (at populations.Q.all_of.0). Quote a number that is meant as a",
        ),
        (
            "parent: all, axes: [CD3], gate: valley",
            "expected a mapping of keys, found 'valley' (at populations.Q",
        ),
    ],
)
def test_a_value_of_another_kind_is_reported_in_words_of_the_file(written: str, message: str) -> None:
    (found,) = reported(f"{HEAD}  P: {{all_of: [all]}}\n  Q: {{{written}}}\n")
    assert found[0] == 5
    assert found[1].startswith(message)


@pytest.mark.parametrize("text", ["", "- a\n- b\n", "only words"])
def test_a_file_that_holds_no_keys(text: str) -> None:
    assert [message for _, message in reported(text)] == ["a strategy must be a mapping of keys."]


def test_a_file_that_is_no_yaml_tells_the_line() -> None:
    (found,) = problems("strategy: x\n\tpopulations: 3\n")
    assert found.line == 2
    assert "not valid YAML" in found.message


def test_yaml_is_read_as_a_person_means_it() -> None:
    """`on` is a word, `1e5` a number, 08 no octal riddle."""
    source = parse_yaml("a: on\nb: 1e5\nc: yes\nd: 0x10\ne: null\nf: true\ng: -3\nh: 1_000\n", "x.yaml")
    assert source.data == {"a": "on", "b": 1e5, "c": "yes", "d": 16, "e": None, "f": True, "g": -3, "h": 1000}


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        *(("08", 8), ("0o17", 15), ("+7", 7), ("1_000.5", 1000.5), ("1.", 1.0), (".5", 0.5), (".5e3", 500.0)),
        *(("-.inf", float("-inf")), ("~", None), ("", None), ("NULL", None), ("FALSE", False)),
        *(
            (text, text)
            for text in ("1:30", "2024-01-02", "tRue", "y", "No", "1e", "0x", "0b101", "1.5.2", "CD4+", "<<")
        ),
        *(("'1'", "1"), ('"true"', "true"), ("!!str 5", "5"), ("'on'", "on"), ("|\n  5", "5\n")),
    ],
)
def test_a_plain_word_is_what_yaml_1_2_says(written: str, meant: object) -> None:
    found = parse_yaml(f"a: {written}\n", "x.yaml").data["a"]
    assert (found, type(found)) == (meant, type(meant))


def test_a_bracket_left_open_is_reported_with_the_line_of_its_opening() -> None:
    with pytest.raises(ConfigurationError) as raised:
        parse_yaml("a: 1\nb: {c: 2,\n  d: 3\n\n", "x.yaml")
    (found,) = raised.value.problems
    assert found.line == 4
    assert "that begins on line 2" in found.message


def test_a_strategy_or_panel_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"the strategy does not exist\. Use a shipped one \(tetrachrome_nk, "):
        load_strategy("nowhere")
    with pytest.raises(ConfigurationError, match="the panel does not exist"):
        load_panel("nowhere")
    path = tmp_path / "own.yaml"
    path.write_text(HEAD.replace("{markers: {CD3: , CD4: }}", "panels/nowhere") + "  P: {parent: all}\n")
    with pytest.raises(ConfigurationError) as raised:
        load_strategy("own.yaml", tmp_path)
    assert [problem.line for problem in raised.value.problems] == [2, 4]


def test_a_faulty_panel_is_reported_with_its_own_lines(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("panel: mine\nmarkers:\n  CD3: {alias: [x]}\n  CD4: []\n  CD4: []\n")
    strategy = "strategy: s\npanel: mine\npopulations: {P: {parent: all, axes: [CD3], gate: {kind: range, low: 1}}}\n"
    (tmp_path / "own.yaml").write_text(strategy)
    with pytest.raises(ConfigurationError) as raised:
        load_strategy("own", tmp_path)
    assert [(Path(p.file).name, p.line) for p in raised.value.problems] == [("mine.yaml", 3), ("mine.yaml", 5)]


@pytest.mark.parametrize("name", shipped_names("strategies"))
def test_shipped_strategies_are_valid_and_wired_as_written(name: str) -> None:
    strategy = load_strategy(name)
    source = read_yaml(shipped("strategies", name))
    written = {k: set(v) for k, v in written_references(source.data["populations"]).items()}
    for name_, population in strategy.populations.items():
        if isinstance(population.gate, LearnedGate):  # named models state the core population
            written[name_] |= {population.gate.model.landmarks.core} - {"parent"}
    assert written == {k: set(p.references) for k, p in strategy.populations.items()}


@pytest.mark.parametrize("name", shipped_names("panels"))
def test_shipped_panels_are_valid(name: str) -> None:
    assert load_panel(name).markers
