"""Gates in the forms that other programs and later runs read."""
