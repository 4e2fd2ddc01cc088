"""How well a strategy does on tubes of known truth: confront, measure, judge, tell."""
