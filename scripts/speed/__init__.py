"""Sections of the benchmark, one file each, and what they share.

No figure passes or fails anything. All cases of a table take turns in one run, so ratios between them carry over to
other machines; the figures themselves do not.
"""

SECTIONS = {  # name of a module with a function `rows(scale)`: title of its table
    "generating": "generate(), against filling fresh memory and a plain loop, in bytes of frames a second",
    "writing": "sequences to finished Parquet files, by one worker and by two",
    "reading": "Parquet files into the cache of datasets, and their frames to numpy",
    "scoring": "evaluate(), against scikit-image frame by frame",
    "memory": "peak of a process that makes files, and of one that loads them",
}
