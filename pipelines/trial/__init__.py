"""A trial: who is analysed at which visit, what is missing, and what came outside the plan."""
