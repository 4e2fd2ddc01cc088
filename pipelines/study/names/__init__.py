"""A folder's file names, all together -> whose blood, which visit, which tube; what cannot be read stays empty."""
