"""The command line: one file per command; it parses, calls and reports."""
