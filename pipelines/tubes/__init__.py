"""Every tube of a study: its task, the executors, its outcome, what a run keeps of it."""
