"""What the user wrote: study.yaml, samples.csv, bead lots, table definition, analysis plan."""
