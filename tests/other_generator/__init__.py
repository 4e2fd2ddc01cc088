"""A second generator of tubes of known truth: code that shares nothing with `fixtures` or `gating`."""
