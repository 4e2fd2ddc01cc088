"""`tregate app`: the steps of a study in the browser of this machine; every step reads and writes the study's files."""
