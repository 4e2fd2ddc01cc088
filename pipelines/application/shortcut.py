"""A file on the desktop that starts the application: .bat on Windows, .command on macOS, .desktop elsewhere."""

import shlex
import sys
from pathlib import Path

from tregate.gating.errors import ConfigurationError, Problem
from tregate.pipelines.files.atomic import write_text


def write_shortcut(desktop: Path | None = None, system: str = sys.platform) -> Path:
    """Write the file, and return where it is. Raises ConfigurationError where there is no desktop folder."""
    folder = desktop or desktop_folder()
    if not folder.is_dir():
        message = "there is no such folder for the icon."
        raise ConfigurationError([Problem(str(folder), None, message, "Start the application by: tregate app")])
    name, text = shortcut_text(system, sys.executable)
    path = folder / name
    write_text(path, text)
    if system != "win32":
        path.chmod(0o755)
    return path


def desktop_folder() -> Path:
    """The desktop of this user."""
    home = Path.home()
    moved = home / "OneDrive" / "Desktop"
    return moved if sys.platform == "win32" and moved.is_dir() else home / "Desktop"


def shortcut_text(system: str, python: str) -> tuple[str, str]:
    """Name and text of the file that starts the application with this Python.

    >>> shortcut_text("darwin", "/opt/my python/bin/python")[1].splitlines()[-1]
    "exec '/opt/my python/bin/python' -m tregate.pipelines.commands.cli app"
    """
    start = f"{shlex.quote(python)} -m tregate.pipelines.commands.cli app"
    if system == "win32":
        return (
            "tregate.bat",
            f'@echo off\r\n"{python.replace("%", "%%")}" -m tregate.pipelines.commands.cli app\r\npause\r\n',
        )
    if system == "darwin":
        return "tregate.command", f"#!/bin/sh\nexec {start}\n"
    quoted = python.replace("\\", "\\\\").replace('"', '\\"').replace("`", "\\`").replace("$", "\\$").replace("%", "%%")
    entry = f'Exec="{quoted}" -m tregate.pipelines.commands.cli app'
    return "tregate.desktop", f"[Desktop Entry]\nType=Application\nName=tregate\n{entry}\nTerminal=true\n"
