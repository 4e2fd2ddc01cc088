"""`tregate inspect`: what is in a file, for a person or a script. No keyword that names a person is shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tregate.pipelines.commands.as_json import print_json
from tregate.pipelines.commands.exit_codes import exit_codes_for_errors
from tregate.pipelines.commands.options import FAILED, Json

if TYPE_CHECKING:
    from tregate.gating.events import DataSet, Parameter, Survey


def inspect(
    files: Annotated[list[Path], typer.Argument(help="FCS files.", metavar="FILE")],
    as_json: Json = False,
    cross_check: Annotated[
        bool, typer.Option("--cross-check", help="Compare the events with those that FlowIO and fcsparser read.")
    ] = False,
) -> None:
    """Show data sets, version, instrument, events, channels, compensation and repairs of files."""
    with exit_codes_for_errors():
        answers = [inspect_file(path, cross_check=cross_check) for path in files]
        if as_json:
            print_json(answers)
        else:
            print("\n".join(as_lines(answers)))
        if any("error" in one or "unreadable" in one for one in answers):
            raise typer.Exit(FAILED)


def inspect_file(path: Path, *, cross_check: bool = False) -> dict[str, Any]:
    """One file as plain values; `error` and `stage` where it cannot be read at all.

    Where its description can be read and its events cannot, `unreadable` says why.
    `cross_check`: adds `second_opinion`, what another reader says of the same events, in sentences.
    """
    from tregate.gating.errors import TubeError
    from tregate.gating.read.survey import survey
    from tregate.pipelines.tubes.one_tube import unreadable

    try:
        found = survey(path)
        answer = _survey(found)
        if found.default is not None:
            answer |= _unreadable(path)
    except TubeError as error:
        answer = {"file": str(path), "error": type(error).__name__, "stage": error.stage, "message": str(error)}
    except OSError as error:
        fault = unreadable(path, error)
        return {"file": str(path), "error": fault.error, "stage": fault.stage, "message": fault.message}
    if cross_check:
        from tregate.gating.read.cross_check import cross_check_file

        answer["second_opinion"] = [asdict(opinion) for opinion in cross_check_file(path)]
    return answer


def _unreadable(path: Path) -> dict[str, str]:
    """Damage that shows in the events only."""
    from tregate.gating.errors import TubeError
    from tregate.gating.read.survey import read

    try:
        read(path)
    except TubeError as error:
        return {"unreadable": str(error)}
    return {}


def _survey(found: Survey) -> dict[str, Any]:
    return {
        "file": str(found.path),
        "size": found.size,
        "default_data_set": found.default,
        "decision": found.decision,
        "data_sets": [_data_set(data_set) for data_set in found.data_sets],
    }


def _data_set(data_set: DataSet) -> dict[str, Any]:
    return {
        "number": data_set.number,
        "version": data_set.version,
        "instrument": data_set.instrument,
        "events": data_set.n_events,
        "datatype": data_set.datatype,
        "byte_order": data_set.byte_order,
        "already_compensated": data_set.already_compensated,
        "volume_ul": data_set.volume_ul,
        "channels": [_channel(parameter) for parameter in data_set.parameters],
        "compensation": [
            {"source": spillover.source, "channels": [str(channel) for channel in spillover.channels]}
            for spillover in data_set.spillovers
        ],
        "repairs": [
            {"name": repair.name, "severity": str(repair.severity), "message": repair.message}
            for repair in data_set.repairs
        ],
        "findings": [
            {"check": finding.check, "severity": str(finding.severity), "message": finding.message}
            for finding in data_set.findings
        ],
        "details": dict(data_set.details),
    }


def _channel(parameter: Parameter) -> dict[str, Any]:
    from tregate.gating.panel import recognise

    marker = recognise(parameter.stain, parameter.name)
    return {
        "number": parameter.index + 1,
        "channel": str(parameter.name),
        "stain": parameter.stain,
        "marker": None if marker is None else str(marker),
        "bits": parameter.bits,
        "range": parameter.range,
        "log_decades": parameter.decades,
        "gain": parameter.gain,
    }


# ---------------------------------------------------------------- for a person

_ENDIAN = {"1,2,3,4": "little-endian", "1,2": "little-endian", "4,3,2,1": "big-endian", "2,1": "big-endian"}


def as_lines(files: Sequence[dict[str, Any]]) -> list[str]:
    """What `inspect` prints without --json."""
    lines: list[str] = []
    for file in files:
        if lines:
            lines.append("")
        lines += _file_lines(file)
    return lines


def _file_lines(file: dict[str, Any]) -> list[str]:
    opinions = [f"  {one['reader']} {one['verdict']}: {one['message']}" for one in file.get("second_opinion", ())]
    if "error" in file:
        return [file["file"], f"  cannot be read: {file['message']}", *opinions]
    sets = file["data_sets"]
    number = f"{len(sets)} data set{'s' if len(sets) != 1 else ''}"
    lines = [file["file"], f"  {file['size']:,} bytes, {number}. {file['decision']}"]
    for data_set in sets:
        used = " (used)" if data_set["number"] == file["default_data_set"] else ""
        lines += [f"  data set {data_set['number']}{used}", *(f"    {line}" for line in _set_lines(data_set))]
    messages = {finding["message"] for data_set in sets for finding in data_set["findings"]}
    if file.get("unreadable", "") not in ("", *messages):
        lines.append(f"  its events cannot be read: {file['unreadable']}")
    return lines + opinions


def _set_lines(data_set: dict[str, Any]) -> list[str]:
    instrument = data_set["instrument"] or "instrument not stated"
    order = _ENDIAN.get(data_set["byte_order"], f"byte order {data_set['byte_order'] or 'not stated'}")
    lines = [
        f"{data_set['version']}, {instrument}, {data_set['events']:,} events, datatype {data_set['datatype']}, {order}",
        f"compensation: {_compensation(data_set)}",
    ]
    if data_set["volume_ul"] is not None:
        lines.append(f"volume acquired: {data_set['volume_ul']:g} µL")
    lines += _columns([("channel", "stain", "marker"), *(_channel_row(c) for c in data_set["channels"])])
    lines += [f"repaired: {repair['name']}: {repair['message']}" for repair in data_set["repairs"]]
    lines += [f"{f['severity']}: {f['check']}: {f['message']}" for f in data_set["findings"]]
    return lines


def _compensation(data_set: dict[str, Any]) -> str:
    if data_set["already_compensated"]:
        return "values are already compensated"
    found = [f"{c['source']} ({len(c['channels'])} channels)" for c in data_set["compensation"]]
    return ", ".join(found) if found else "no matrix in the file"


def _channel_row(channel: dict[str, Any]) -> tuple[str, str, str]:
    return channel["channel"], channel["stain"] or "-", channel["marker"] or "-"


def _columns(rows: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
