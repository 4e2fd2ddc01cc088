"""One tube: from the bytes of an FCS file to populations, counts and findings.

The flow, and the room for each step:

    read       bytes -> Sample: segments, decoding, data sets, repairs         gating.read
    prepare    Sample -> Prepared: markers bound, compensation, scales         gating.panel, gating.prepare
    place      a method finds where a gate lies on this tube                   gating.placement
    gate       shapes are applied in one walk of the tree -> Gated             gating.geometry, gating.engine
    count      Gated -> events, cells/µL, limits                               gating.count
    check      any stage -> Findings                                           gating.qc

`gating.tube.analyse` is all of it in one call. The package writes no file, prints nothing, knows no visit.
"""
