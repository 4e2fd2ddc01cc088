"""Rules of control charts in the manner of Westgard, on distances from the centre in standard deviations.

Source: Westgard et al., Clin Chem 27 (1981) 493. Centre and standard deviation are robust ones of the run itself, so
the rules name what stands out within a run; they are no release limits of an instrument.
"""

from collections.abc import Callable, Mapping, Sequence

Rule = Callable[[Sequence[float]], bool]
"""Whether the last of these values breaks the rule."""


def _all_beyond(z: Sequence[float], count: int, limit: float) -> bool:
    last = z[-count:]
    return len(last) == count and (all(one > limit for one in last) or all(one < -limit for one in last))


RULES: Mapping[str, Rule] = {
    "1-3s": lambda z: abs(z[-1]) > 3,
    "2-2s": lambda z: _all_beyond(z, 2, 2),
    "R-4s": lambda z: len(z) > 1 and max(z[-2:]) > 2 and min(z[-2:]) < -2,
    "4-1s": lambda z: _all_beyond(z, 4, 1),
    "10-x": lambda z: _all_beyond(z, 10, 0),
}
"""Rule -> whether a value breaks it, with those before it: one beyond 3 SD; two beyond 2 SD on one side; two in a row
beyond 2 SD on different sides; four beyond 1 SD on one side; ten on one side of the centre."""


def broken(values: Sequence[float], centre: float, sd: float) -> tuple[tuple[str, int], ...]:
    """(rule, position) of every value that breaks a rule; of a rule that stays broken only the first position.

    >>> broken([0, 0, 4, 0, 2.5, 2.6, 0], 0.0, 1.0)
    (('1-3s', 2), ('2-2s', 5))
    """
    if sd <= 0:
        return ()
    z = [(value - centre) / sd for value in values]
    found = []
    for name, rule in RULES.items():
        before = False
        for at in range(len(z)):
            now = rule(z[: at + 1])
            if now and not before:
                found.append((name, at))
            before = now
    return tuple(sorted(found, key=lambda one: one[1]))
