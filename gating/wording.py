"""Numbers in messages: percentages, values and p-values as a person reads them."""

MOST_DECIMALS = 6


def percent_text(fraction: float, beside: float | None = None) -> str:
    """A fraction as a percentage, with at most one decimal from 1 % on and two significant digits below.

    beside: the limit that it is printed with. Where both would be printed alike, it has the decimals that differ.

    >>> percent_text(0.38), percent_text(0.0704), percent_text(0.00123), percent_text(1.0), percent_text(2e-13)
    ('38 %', '7 %', '0.12 %', '100 %', 'below 0.001 %')
    >>> percent_text(0.15004, 0.15), percent_text(0.16, 0.15)
    ('15.004 %', '16 %')
    """
    percentage = 100.0 * fraction
    if 0.0 < percentage < 0.001:
        return "below 0.001 %"
    text = f"{percentage:.2g}" if abs(percentage) < 1.0 else f"{percentage:.1f}".removesuffix(".0")
    if beside is not None and fraction != beside and f"{text} %" == percent_text(beside):
        text = _apart(percentage, 100.0 * beside)
    return f"{text} %"


def _apart(value: float, limit: float) -> str:
    """The value with as few decimals as distinguish it from the limit."""
    decimals = range(2, MOST_DECIMALS)
    texts = (f"{value:.{n}f}" for n in decimals if f"{value:.{n}f}" != f"{limit:.{n}f}")
    return next(texts, f"{value:.{MOST_DECIMALS}f}")


def number_text(value: float) -> str:
    """A measured value with three significant digits and no exponent below a million.

    >>> number_text(0.012345), number_text(6.14159), number_text(1378.4), number_text(262143.0)
    ('0.0123', '6.14', '1378', '262143')
    """
    return f"{value:.0f}" if 1e3 <= abs(value) < 1e6 else f"{value:.3g}"


def counted(number: int, noun: str) -> str:
    """A number of things.

    >>> counted(1, "tube"), counted(2, "tube")
    ('1 tube', '2 tubes')
    """
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def p_text(p_value: float) -> str:
    """A p-value with its sign of relation: two significant digits, never below 0.001.

    >>> p_text(0.0078125), p_text(0.0004), p_text(1.0)
    ('p = 0.0078', 'p < 0.001', 'p = 1')
    """
    return "p < 0.001" if p_value < 0.001 else f"p = {p_value:.2g}"


def shortened(text: str, length: int) -> str:
    """One line of at most `length` characters; "..." stands for what is left out.

    >>> shortened("too much debris below the gate", 18)
    'too much debris...'
    """
    line = " ".join(text.split())
    return line if len(line) <= length else line[: length - 3].rstrip() + "..."
