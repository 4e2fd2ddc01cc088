"""A folder of controls -> the files of `tregate compensate`, and what is to be said of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tregate.gating.controls import Verdict
from tregate.gating.errors import ConfigurationError, Problem, TubeError
from tregate.gating.read.survey import survey
from tregate.pipelines.compensating.compared import ComparedMatrix, StatedMatrix, compared, compensated_message, message
from tregate.pipelines.compensating.controls_folder import Controls, read_controls
from tregate.pipelines.compensating.page import page
from tregate.pipelines.compensating.tables import comparison_table, controls_table, matrix_table
from tregate.pipelines.files.atomic import write_text
from tregate.pipelines.files.csv_file import SUMMARY_DIGITS, write_csv
from tregate.pipelines.tubes.acquisition_date import acquired


@dataclass(frozen=True)
class Compensated:
    """What was made of a folder of controls."""

    controls: Controls
    matrices: tuple[ComparedMatrix, ...]
    files: tuple[str, ...]
    already: str = ""
    """That the controls seem compensated already; "" where they do not."""

    @property
    def warnings(self) -> tuple[str, ...]:
        """Everything that is not good, in the order of the controls."""
        said = [self.already] if self.already else []
        said += [one.message for one in self.controls.estimated.controls if one.message]
        said += [f"{one.name}: {one.why}" for one in self.controls.not_used]
        return (*said, *(text for one in self.matrices if (text := message(one))))

    @property
    def all_good(self) -> bool:
        verdicts = {one.verdict for one in self.controls.estimated.controls}
        return verdicts <= {Verdict.GOOD} and not self.controls.not_used and not self.already


def compensate_folder(folder: Path, out: Path, others: Sequence[Path] = ()) -> Compensated:
    """Estimate the matrix of the controls in `folder`, compare it with the matrices of `others`, write all to `out`.

    Raises ConfigurationError where fewer than two controls can be used: nothing is written then.
    """
    controls = read_controls(folder)
    if len(controls.estimated.included) < 2:
        why = [Problem(str(folder), None, one.message) for one in controls.estimated.controls if one.message]
        why += [Problem(str(one.path), None, one.why) for one in controls.not_used]
        first = Problem(
            str(folder), None, f"{len(controls.estimated.included)} controls can be used, at least 2 required."
        )
        raise ConfigurationError([first, *why])
    own = [StatedMatrix(f.tube.name, f.day, f.spillovers[0]) for f in controls.files if f.spillovers]
    stated = [*own, *_stated(others)]
    already = compensated_message(controls.estimated, [one.spillover for one in stated])
    matrices = () if already else compared(controls.estimated, stated)
    out.mkdir(parents=True, exist_ok=True)
    write_csv(matrix_table(controls.estimated), out / "matrix.csv", digits=SUMMARY_DIGITS)
    write_csv(controls_table(controls), out / "controls.csv")
    files = ["matrix.csv", "controls.csv"]
    if matrices:
        write_csv(comparison_table(matrices), out / "comparison.csv")
        files.append("comparison.csv")
    write_text(out / "controls.html", page(controls, matrices, already))
    return Compensated(controls, matrices, (*files, "controls.html"), already)


def _stated(paths: Sequence[Path]) -> Iterator[StatedMatrix]:
    """The matrix that each file states, from its keywords alone; files that cannot be read are the run's concern."""
    for path in paths:
        try:
            found = survey(path)
        except (TubeError, OSError):
            continue
        if found.default is None:
            continue
        data_set = found.data_sets[found.default - 1]
        if data_set.spillovers:
            yield StatedMatrix(path.name, acquired(data_set.details), data_set.spillovers[0])
