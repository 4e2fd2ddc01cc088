"""A second maker of tubes of known truth, by another hand than `fixtures` and sharing nothing with it or `gating`."""
