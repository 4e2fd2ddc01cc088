"""tregate: from a folder of flow-cytometry (FCS) files to per-visit tables of regulatory T cells and NK cells."""
