"""`tregate review`: a run under a person's eyes, with gates that can be moved; on this machine only."""
