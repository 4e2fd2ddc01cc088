"""Numbers in messages: percentages, values and p-values as a person reads them."""


def percent_text(fraction: float) -> str:
    """A fraction as a percentage, with at most one decimal from 1 % on and two significant digits below.

    >>> percent_text(0.38), percent_text(0.0704), percent_text(0.00123), percent_text(1.0)
    ('38 %', '7 %', '0.12 %', '100 %')
    """
    percentage = 100.0 * fraction
    text = f"{percentage:.2g}" if abs(percentage) < 1.0 else f"{percentage:.1f}".removesuffix(".0")
    return f"{text} %"


def number_text(value: float) -> str:
    """A measured value with three significant digits and no exponent below a million.

    >>> number_text(0.012345), number_text(6.14159), number_text(1378.4), number_text(262143.0)
    ('0.0123', '6.14', '1378', '262143')
    """
    return f"{value:.0f}" if 1e3 <= abs(value) < 1e6 else f"{value:.3g}"


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
