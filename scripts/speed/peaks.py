"""The peak of a script's memory, in a process of its own.

As a program: runs the script that its arguments name, then prints the peak in kB as the last word.
"""

import subprocess
import sys
from pathlib import Path


def run_to_its_peak(script, *arguments):
    """Run a Python script.

    Returns:
        (words, megabytes): list of str that the script prints; the peak of its memory, imports included.
    """
    command = [sys.executable, __file__, script, *map(str, arguments)]
    *words, peak = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    return words, megabytes(int(peak) * 1024)


def megabytes(size):
    """Bytes -> MB."""
    return round(size / 1e6)


def peak_kilobytes():
    """Of this process. Linux counts in ru_maxrss what the parent held when it forked, but not in VmHWM."""
    import resource

    try:
        lines = Path("/proc/self/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
    except (OSError, StopIteration):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // (1024 if sys.platform == "darwin" else 1)


if __name__ == "__main__":
    import runpy

    sys.path[0] = str(Path(sys.argv[1]).parent)  # as if the script ran by itself
    del sys.argv[0]
    try:
        runpy.run_path(sys.argv[0], run_name="__main__")
    finally:
        print(peak_kilobytes())
