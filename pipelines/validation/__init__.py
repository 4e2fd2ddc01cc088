"""How well a strategy does on tubes of known truth: compare, measure, judge, report."""
