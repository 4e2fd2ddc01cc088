"""Every tube of a study: its task, the executors, its outcome, what a run keeps of it."""

import logging

# Used as a library, tregate logs nowhere unless its caller asks for it; `tregate run` adds run.log.
logging.getLogger("tregate").addHandler(logging.NullHandler())
