"""`tregate compensate`: a folder of single-stain controls -> matrix.csv, controls.csv, comparison.csv and a page."""
