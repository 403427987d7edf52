"""What benchmark.py measures: one file of `tables` for each section, and what they share.

No figure passes or fails anything. All cases of a table take turns in one run, so that ratios between them carry over
to other machines; the figures themselves do not.
"""
