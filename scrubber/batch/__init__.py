"""Batches: take in → split → scrub chunk by chunk → merge. Each step can be done again without harm.

The database says what has been done. Redis only says that there is something to do: losing all of it costs time, for
the workers look from time to time for work that nobody has queued.
"""
