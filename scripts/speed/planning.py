"""Plan as many files of a layout as asked: prints the seconds, and the memory in bytes that was in use before.

A script for `peaks`: planning.py LAYOUT FILES
"""

import sys
import time

import psutil

from moving_mnist_generator import LAYOUTS, VARIANTS, load_digits
from moving_mnist_generator.files.shards import plan
from moving_mnist_generator.files.survey import survey

layout, files = sys.argv[1], int(sys.argv[2])
load_digits()
before = psutil.Process().memory_info().rss
size = LAYOUTS[layout].rows_in_file(VARIANTS["two_digits"]) * files
began = time.perf_counter()
survey(plan("two_digits", {"train": size}, [layout]), "no/such/folder")
print(time.perf_counter() - began, before)
