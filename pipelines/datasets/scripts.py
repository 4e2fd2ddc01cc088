"""Programs for R and SAS that read the data sets of a run and its tables."""

from collections.abc import Sequence

_ABOUT = "Reads the data sets of this folder and the tables of the run. Written by tregate."


def r_script(study: str, tables: Sequence[str], folder: str) -> str:
    """read_tables.R: `tables` are CSV files of the run, which is `folder` as seen from the script."""
    listed = ", ".join(f'"{name}"' for name in tables)
    return f"""# {_ABOUT}
# Study: {study}
# Start R in this folder, then: source("read_tables.R"). Package haven is used where it is there, else foreign.
run <- "{folder}"
read_xpt <- function(file) {{
  if (requireNamespace("haven", quietly = TRUE)) {{
    data <- as.data.frame(haven::read_xpt(file))
    for (name in names(data)) {{
      if (is.character(data[[name]])) data[[name]][data[[name]] == ""] <- NA
    }}
    data
  }} else {{
    data <- foreign::read.xport(file)
    for (name in names(data)) {{
      if (is.factor(data[[name]])) data[[name]] <- as.character(data[[name]])
      if (is.character(data[[name]])) data[[name]][data[[name]] == ""] <- NA
    }}
    data
  }}
}}
cp <- read_xpt("cp.xpt")
suppcp <- read_xpt("suppcp.xpt")
adcp <- read_xpt("adcp.xpt")

# One column per supplemental qualifier, joined to its record of CP.
qualifiers <- reshape(suppcp[, c("USUBJID", "IDVARVAL", "QNAM", "QVAL")],
                      idvar = c("USUBJID", "IDVARVAL"), timevar = "QNAM", direction = "wide")
names(qualifiers) <- sub("^QVAL[.]", "", names(qualifiers))
names(qualifiers)[2] <- "CPSEQ"
qualifiers$CPSEQ <- as.numeric(qualifiers$CPSEQ)
cp <- merge(cp, qualifiers, by = c("USUBJID", "CPSEQ"), all.x = TRUE)
for (name in intersect(c("CPLO95", "CPHI95", "CPCNTLIM", "CPLLOQ"), names(cp))) cp[[name]] <- as.numeric(cp[[name]])

# Tables of the run: a list of data frames. Empty cells are NA: not measurable, never 0.
tables <- list()
for (name in c({listed})) {{
  file <- file.path(run, paste0(name, ".csv"))
  tables[[name]] <- read.csv(file, na.strings = "", encoding = "UTF-8", check.names = FALSE,
                             colClasses = c(subject = "character", visit = "character"))
}}
"""


def sas_script(study: str, tables: Sequence[str], folder: str) -> str:
    """read_tables.sas: the same for SAS."""
    steps = "\n".join(f"%read({name});" for name in tables)
    return f"""/* {_ABOUT} */
/* Study: {study.replace("*/", "* /")} */
/* Set &here to this folder, then run. */
%let here = .;
%let run = &here/{folder};
options validvarname = v7;
libname cpx xport "&here/cp.xpt" access = readonly;
libname sx xport "&here/suppcp.xpt" access = readonly;
libname ax xport "&here/adcp.xpt" access = readonly;
data cp; set cpx.cp; run;
data suppcp; set sx.suppcp; run;
data adcp; set ax.adcp; run;

/* One column per supplemental qualifier, joined to its record of CP. */
proc sort data = suppcp; by usubjid idvarval qnam; run;
proc transpose data = suppcp out = qualifiers (drop = _name_ _label_);
  by usubjid idvarval; id qnam; var qval;
run;
data qualifiers; set qualifiers; cpseq = input(idvarval, best12.); drop idvarval; run;
proc sort data = qualifiers; by usubjid cpseq; run;
proc sort data = cp; by usubjid cpseq; run;
data cp; merge cp (in = there) qualifiers; by usubjid cpseq; if there; run;

/* Tables of the run. Empty cells are missing: not measurable, never 0. */
%macro read(name);
  proc import datafile = "&run/&name..csv" out = &name dbms = csv replace;
    guessingrows = max;
  run;
%mend;
{steps}
"""
