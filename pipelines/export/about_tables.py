"""about_tables.csv: the baseline, definitions, plan and units of each table, for who reads the CSV files alone."""

from collections.abc import Mapping, Sequence

from tregate.pipelines.files.table import Cell, Table
from tregate.pipelines.study.catalogue_ids import cell_type_and_name
from tregate.pipelines.study.catalogues import cell_types, known_unit
from tregate.pipelines.study.declared import Declared

NAME = "about_tables"
COLUMNS = ("table", "column", "about", "value")


def about_tables(
    tables: Sequence[Table],
    about: Sequence[tuple[str, str]],
    units: Mapping[str, str],
    notes: Sequence[str],
    ids: Mapping[str, Sequence[tuple[str, str]]] | None = None,
) -> Table:
    """`about`: (what, value) of every table; `units`: of columns; `notes`: of all tables, with an empty `table`.

    `ids`: column -> (catalogue, id) of what it measures.
    """
    rows: list[tuple[Cell, ...]] = [(None, None, "note", note) for note in notes]
    for table in tables:
        rows += [(table.name, None, what, value) for what, value in about]
        for column in table.columns:
            unit = unit_of(column, units)
            known = known_unit(unit) if unit else None
            rows += [(table.name, column, "unit", unit)] if unit else []
            rows += [] if known is None else [(table.name, column, "UCUM", known.ucum)]
            rows += [(table.name, column, catalogue, code) for catalogue, code in (ids or {}).get(column, ())]
    return Table(NAME, COLUMNS, tuple(rows))


def unit_of(column: str, units: Mapping[str, str]) -> str:
    """Unit of a column; "" where it has none."""
    return "fold" if column.startswith("fold_") else units.get(column, "")


def ids_of(declared: Declared) -> Mapping[str, Sequence[tuple[str, str]]]:
    """Measure -> (catalogue, id): the type of its cells and its code of LOINC, where they are declared."""
    found: dict[str, list[tuple[str, str]]] = {}
    for name, measure in declared.measures.items():
        of = found.setdefault(name, [])
        ontology = None if measure.cells is None else declared.definition.cells[measure.cells].ontology
        if ontology is not None:
            code, named = cell_type_and_name(ontology)
            entry = cell_types().get(code)
            label = named if entry is None else entry.name
            of.append(("cell type", f"{code} {label}".strip()))
        of += [("LOINC", measure.loinc)] if measure.loinc is not None else []
    return found
