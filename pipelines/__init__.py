"""One study: subjects, visits, tables, files, processes and people. Never touches an event."""
