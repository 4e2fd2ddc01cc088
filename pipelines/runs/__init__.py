"""The folder of a run: its record, its set of files, and what a later command reads of it."""
