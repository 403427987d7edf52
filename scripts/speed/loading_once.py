"""`load_dataset` of a folder into an empty cache: prints the memory in bytes that the imports had taken.

A script for `peaks`: loading_once.py FOLDER CACHE
"""

import sys

import datasets
import psutil

datasets.disable_progress_bars()
before = psutil.Process().memory_info().rss
datasets.load_dataset(sys.argv[1], split="train", cache_dir=sys.argv[2])
print(before)
