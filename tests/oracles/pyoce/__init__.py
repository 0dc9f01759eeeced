"""``make pyoce``: our code pairs beside those of PyOCE, claim by claim, and why they differ.

PyOCE is a public port of Medicare's editor of hospital outpatient claims (I/OCE). It has the table of pairs of
hospitals, ours is that of practitioners, so they can't agree everywhere; but each difference must be one that the two
tables, the quarter or a rule of that editor explain. Anything else is a defect, and the command fails.
"""
