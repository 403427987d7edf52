"""The verbs: commands of about 50 lines over the package, one a file.

`moving-mnist VERB` runs them when the package is installed, scripts/VERB.py in a checkout. The list of verbs imports
all of them, so they import what is slow inside their functions.
"""
