"""A file on the desktop that starts the application: .bat on Windows, .command on macOS, .desktop elsewhere."""

import contextlib
import os
import re
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
    """The desktop of this user, which may have another name or place."""
    if sys.platform == "win32":
        return _desktop_of_windows()
    named = "" if sys.platform == "darwin" else _named_desktop()
    return Path(named) if named else Path.home() / "Desktop"


def _desktop_of_windows() -> Path:
    if sys.platform == "win32":
        import winreg

        with (
            contextlib.suppress(OSError),
            winreg.OpenKey(
                winreg.HKEY_CURRENT_USER, r"Software\Microsoft\Windows\CurrentVersion\Explorer\User Shell Folders"
            ) as key,
        ):
            return Path(os.path.expandvars(str(winreg.QueryValueEx(key, "Desktop")[0])))
    return Path.home() / "Desktop"


def _named_desktop() -> str:
    """The desktop as the file of user folders names it, as "Schreibtisch"; "" where it does not."""
    file = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "user-dirs.dirs"
    try:
        found = re.search(r'^XDG_DESKTOP_DIR="([^"]+)"', file.read_text(encoding="utf-8"), re.MULTILINE)
    except (OSError, ValueError):
        return ""
    return found[1].replace("$HOME", str(Path.home())) if found else ""


def shortcut_text(system: str, python: str) -> tuple[str, str]:
    """Name and text of the file that starts the application with this Python.

    >>> shortcut_text("darwin", "/opt/my python/bin/python")[1].splitlines()[-1]
    "exec '/opt/my python/bin/python' -m tregate.pipelines.commands.cli app"
    """
    start = f"{shlex.quote(python)} -m tregate.pipelines.commands.cli app"
    if system == "win32":
        quoted = python.replace("%", "%%")
        lines = ("@echo off", "chcp 65001 >nul", f'"{quoted}" -m tregate.pipelines.commands.cli app', "pause")
        return "tregate.bat", "".join(f"{line}\r\n" for line in lines)
    if system == "darwin":
        return "tregate.command", f"#!/bin/sh\nexec {start}\n"
    exact = python.replace("\\", "\\\\").replace('"', '\\"').replace("`", "\\`").replace("$", "\\$").replace("%", "%%")
    entry = f'Exec="{exact}" -m tregate.pipelines.commands.cli app'
    return "tregate.desktop", f"[Desktop Entry]\nType=Application\nName=tregate\n{entry}\nTerminal=true\n"
