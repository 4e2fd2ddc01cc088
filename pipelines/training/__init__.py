"""Learned boundaries: labelled synthetic tubes -> fit -> the model file of configs."""
