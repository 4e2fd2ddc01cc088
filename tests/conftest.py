"""Puts this folder on the path, so that every kind of test can import the helpers that lie in it."""

import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """How many hostile files the fuzz tests tried, over all workers."""
    reports = [report for outcome in ("passed", "failed") for report in terminalreporter.stats.get(outcome, [])]
    tried = [value for report in reports for name, value in report.user_properties if name == "hostile inputs"]
    if tried:
        terminalreporter.write_line(f"{sum(tried)} hostile inputs were tried on the reader")
