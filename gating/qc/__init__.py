"""Any stage -> findings: one idea a file, all in one registry."""
