"""The sections of the benchmark: each is a file of `tables` with a function `rows(scale)`."""

import importlib
import multiprocessing
from concurrent.futures import ProcessPoolExecutor

SECTIONS = {  # name: title of its table
    "generating": "generate(), against a plain loop and against filling fresh memory, in bytes of frames a second",
    "moving": "walk and render, against a plain loop of each motion; one digit, against TensorFlow Datasets",
    "writing": "sequences to finished Parquet files, the start of workers apart; and the stages of that work alone",
    "reading": "the frames of Parquet files to numpy; and, once, the files into the cache of datasets",
    "streaming": "stream(), which makes rows while they are read, against generate() of the same blocks",
    "loaders": "torch DataLoader, batches of 64 in the steady state, against a plain loop; the start of workers apart",
    "ways": "strips from files to the arrays of each tool, uint8 in batches of 64",
    "memory": "peak of generate.py for each layout, and of load_dataset, once",
    "many": "100 million sequences, estimated from a file of each layout that one worker makes; and planning",
}


def in_a_process_of_its_own(section, scale):
    """Rows of a section's table. A process that runs TensorFlow, torch and Ray together crashes."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(rows_of, section, scale).result()


def rows_of(section, scale):
    """Rows of a section's table, measured in this process."""
    return importlib.import_module(f"speed.tables.{section}").rows(scale)
