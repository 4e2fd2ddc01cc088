"""Identifiers of catalogues in table definitions: a slip of the pen in one is refused."""

import re


def cell_type_id(text: str) -> str:
    """The id of a cell type. Raises ValueError for one of the Cell Ontology that is not CL: and seven digits.

    >>> cell_type_id("CL:0000623")
    'CL:0000623'
    """
    if text.upper().startswith("CL") and not re.fullmatch(r"CL:[0-9]{7}", text):
        raise ValueError(f'"{text[:40]}" is no identifier of the Cell Ontology: CL: and seven digits, as CL:0000623')
    return text


def loinc_code(text: str) -> str:
    """The code. Raises ValueError where its check digit is not that of the digits before it (modulus 10).

    >>> loinc_code("24467-3")
    '24467-3'
    """
    number, _, check = text.partition("-")
    wanted = check_digit(number)
    if check != wanted:
        raise ValueError(f"{text} is no LOINC code: the check digit of {number} is {wanted}")
    return text


def check_digit(digits: str) -> str:
    """Modulus 10: every second digit from the right doubled, the digits of all summed.

    >>> check_digit("90413")
    '6'
    """
    doubled = [int(one) * (2 if i % 2 == 0 else 1) for i, one in enumerate(reversed(digits))]
    return str(-sum(one // 10 + one % 10 for one in doubled) % 10)
