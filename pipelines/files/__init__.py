"""Files as such: tables, CSV with line numbers, files that are written whole or not at all."""
