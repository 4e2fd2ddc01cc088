"""`tregate export --to xpt`: cp.xpt, suppcp.xpt and adcp.xpt, define.xml, and programs that read them."""

import os
from pathlib import Path

from tregate.gating.errors import ConfigurationError
from tregate.pipelines.datasets.adcp import ADCP, adcp_table
from tregate.pipelines.datasets.asked import Asked
from tregate.pipelines.datasets.define import define_xml
from tregate.pipelines.datasets.finished_run import FinishedRun
from tregate.pipelines.datasets.scripts import r_script, sas_script
from tregate.pipelines.datasets.variables import DATA_SETS
from tregate.pipelines.datasets.xpt import write_xpt, xpt_problems
from tregate.pipelines.files.atomic import write_text

TABLES = ("summary", "comparisons", "unscheduled", "sets", "missing", "sensitivity", "counts")
"""Tables beside the visit tables that the programs read, where the run has them."""


def write_submission(run: FinishedRun, out: Path, asked: Asked) -> tuple[str, ...]:
    """Write the data sets. Raises ConfigurationError for what XPT version 5 cannot hold: then nothing is written."""
    tables = [run.data_set(name) for name in DATA_SETS]
    analysis = adcp_table(run, tables[0])
    written = [*((table, DATA_SETS[table.name]) for table in tables), (analysis, ADCP)]
    problems = [problem for table, about in written for problem in xpt_problems(table, about)]
    if problems:
        raise ConfigurationError(problems)
    out.mkdir(parents=True, exist_ok=True)
    for table, about in written:
        write_xpt(table, about, out / f"{table.name}.xpt")
    program = str(run.record["program"]["version"])
    write_text(out / "define.xml", define_xml(run.study, tables, str(run.record["end"]), program))
    there = [name for name in (*run.sheets, *TABLES) if f"{name}.csv" in run.record["files"]]
    folder = Path(os.path.relpath(run.folder.resolve(), out.resolve())).as_posix()
    write_text(out / "read_tables.R", r_script(run.study, there, folder))
    write_text(out / "read_tables.sas", sas_script(run.study, there, folder))
    return "cp.xpt", "suppcp.xpt", "adcp.xpt", "define.xml", "read_tables.R", "read_tables.sas"
