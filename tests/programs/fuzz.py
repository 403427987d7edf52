"""Damage files and arrays in many ways, and see that each one is read as it is, or refused in one line.

    python tests/programs/fuzz.py                                # 100,000 inputs over all readers
    python tests/programs/fuzz.py --number 2000 npz rows         # fewer, of two readers
    python tests/programs/fuzz.py --only 4711 npz                # one of them again, with its traceback

An input may take 5 seconds of a processor and 1 GB of memory. Readers run in processes of their own, so that one that
hangs or is killed is found, too. Inputs that went wrong are kept in the folder of --keep.
"""

import json
import multiprocessing
import pickle
import resource
import tempfile
import time
import traceback
import zlib
from collections import Counter
from multiprocessing.connection import wait
from pathlib import Path

import click
import numpy as np
import psutil
from fuzz_readers import READERS, outcome
from tqdm import tqdm

CPU_SECONDS = 5  # for one input
WALL_SECONDS = 120  # for one input on a busy machine
MOST_BYTES = 1e9  # of memory, for one input
INPUTS_PER_JOB = 50  # that a worker gets at a time
STATUS = Path("/proc/self/status")


def chance(seed, name, number):
    """The Generator of one input."""
    return np.random.default_rng([seed, zlib.crc32(name.encode()), number])


class Worker:
    """A process that damages and reads inputs. `at` is the number of the one that it is at."""

    def __init__(self, context, seed):
        self.ours, theirs = context.Pipe()
        self.at = context.Value("q", -1, lock=False)
        self.process = context.Process(target=work, args=(theirs, self.at, seed), daemon=True)
        self.process.start()
        theirs.close()
        self.job, self.since, self.seen = None, time.monotonic(), None

    def give(self, job):
        self.job, self.since, self.seen = job, time.monotonic(), None
        self.ours.send(job)

    def hangs(self):
        """Whether it has been at one input for too long."""
        if self.seen != self.at.value:
            self.seen, self.since = self.at.value, time.monotonic()
            self.spent = cpu_seconds(self.process.pid)
        return (
            time.monotonic() - self.since > WALL_SECONDS
            or cpu_seconds(self.process.pid) - self.spent > 2 * CPU_SECONDS
        )


def cpu_seconds(pid):
    """What a process has used of a processor."""
    try:
        return sum(psutil.Process(pid).cpu_times()[:2])
    except psutil.Error:
        return 0.0


def work(connection, at, seed):
    """Read what is asked for, until there is no more: (name, first, stop) -> a dict of what came out."""
    room = psutil.Process().memory_info().vms + 6 * 10**9
    resource.setrlimit(resource.RLIMIT_AS, (room, room))
    inputs = {}
    with tempfile.TemporaryDirectory() as place:
        while (job := connection.recv()) is not None:
            name, first, stop = job
            folder = Path(place, name)
            if name not in inputs:
                folder.mkdir()
                inputs[name] = READERS[name].inputs(folder)
            found = {"counts": Counter(), "slowest": 0.0, "largest": 0.0, "wrong": []}
            for number in range(first, stop):
                at.value = number
                one(name, inputs[name], seed, number, folder, found)
            connection.send(found)


def one(name, inputs, seed, number, folder, found):
    """Damage and read one input."""
    given = READERS[name].damage(chance(seed, name, number), inputs)
    before, began = forget_peak(), time.process_time()
    try:
        result = outcome(READERS[name], given, folder)
    except BaseException as error:
        result, said = "wrong", "".join(traceback.format_exception(error))
    seconds, size = time.process_time() - began, peak() - before
    if result != "wrong" and (seconds > CPU_SECONDS or size > MOST_BYTES):
        result, said = "wrong", f"took {seconds:.1f} s and {size / 1e9:.1f} GB"
    found["counts"][result] += 1
    found["slowest"], found["largest"] = max(found["slowest"], seconds), max(found["largest"], size)
    if result == "wrong":
        found["wrong"].append((number, said, pickle.dumps(given)))


def forget_peak():
    """Memory of this process in bytes; its peak is counted anew from here, where the system can do that."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return peak()
    return field("VmRSS")


def peak():
    """The most memory that this process had, bytes."""
    return field("VmHWM") if STATUS.exists() else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1_024


def field(name):
    """A size in the status of this process, in bytes."""
    return int(STATUS.read_text().partition(f"{name}:")[2].split()[0]) * 1_024


def fuzz(names, number, seed, workers, progress=lambda count: None):
    """Damage and read `number` inputs over the readers.

    Returns:
        {name: {"counts", "slowest" seconds, "largest" bytes, "wrong": [(number, what was said, pickled input)]}}.
    """
    share = -(-number // len(names))
    jobs = [(name, at, min(at + INPUTS_PER_JOB, share)) for at in range(0, share, INPUTS_PER_JOB) for name in names][
        ::-1
    ]
    found = {name: {"counts": Counter(), "slowest": 0.0, "largest": 0.0, "wrong": []} for name in names}
    context = multiprocessing.get_context("fork")
    idle, busy = [Worker(context, seed) for _ in range(workers)], []
    while jobs or busy:
        while jobs and idle:
            busy.append(idle.pop())
            busy[-1].give(jobs.pop())
        wait([worker.ours for worker in busy], timeout=1)
        for worker in list(busy):
            name, first, stop = worker.job
            try:
                if worker.ours.poll():
                    part = worker.ours.recv()
                elif worker.hangs():
                    worker.process.kill()
                    raise EOFError("hangs")
                else:
                    continue
                idle.append(worker)
            except (EOFError, ConnectionError) as error:  # it hung or was killed: the others of its job are read again
                worker.process.join()
                at = max(first, worker.at.value)
                said = f"{error or 'killed'}, exit code {worker.process.exitcode}"
                part = {"counts": Counter(wrong=1), "slowest": 0, "largest": 0, "wrong": [(at, said, b"")]}
                jobs += [(name, at + 1, stop)] * (at + 1 < stop) + [(name, first, at)] * (first < at)
                idle.append(Worker(context, seed))
            busy.remove(worker)
            add(found[name], part)
            progress(sum(part["counts"].values()))
    for worker in idle:
        worker.ours.send(None)
        worker.process.join(10)
    return found


def add(total, part):
    """Add what came out of a job."""
    total["counts"] += part["counts"]
    total["wrong"] += part["wrong"]
    for key in ("slowest", "largest"):
        total[key] = max(total[key], part[key])


def rows_of(found):
    """For the table and the JSON: a dict for each reader."""
    return [
        {
            "reader": READERS[name].words,
            "inputs": sum(each["counts"].values()),
            **{key: each["counts"][key] for key in ("right", "refused", "wrong")},
            "slowest, s": round(each["slowest"], 2),
            "largest, MB": round(each["largest"] / 1e6),
        }
        for name, each in found.items()
    ]


@click.command()
@click.argument("readers", nargs=-1, type=click.Choice(READERS), metavar="[READER]...")
@click.option("--number", default=100_000, show_default=True, type=click.IntRange(min=1), help="Inputs in all.")
@click.option("--seed", default=0, show_default=True, help="Another seed, other damage.")
@click.option("--workers", default=2, show_default=True, help="Processes.")
@click.option("--only", type=int, help="Read this one input again, and show its traceback.")
@click.option("--json", "json_file", type=click.Path(dir_okay=False, path_type=Path), help="Write the table here.")
@click.option(
    "--keep",
    default="fuzz-failures",
    show_default=True,
    type=click.Path(path_type=Path),
    help="For inputs that went wrong.",
)
def main(readers, number, seed, workers, only, json_file, keep):
    """Damage inputs of each READER: npz, idx, npy and so on. Default: all. Exits with 1 if any went wrong."""
    names = readers or tuple(READERS)
    if only is not None:
        with tempfile.TemporaryDirectory() as place:
            given = READERS[names[0]].damage(chance(seed, names[0], only), READERS[names[0]].inputs(Path(place)))
            print(repr(given)[:2_000])
            print(outcome(READERS[names[0]], given, Path(place)))
        return
    with tqdm(total=number, unit=" inputs", mininterval=5) as progress:
        found = fuzz(names, number, seed, workers, progress.update)
    table = rows_of(found)
    for row in table:
        print(f"{row['reader']:40}", *(f"{row[key]:>8,} {key}" for key in list(row)[1:]))
    for name, each in found.items():
        for at, said, given in each["wrong"]:
            keep.mkdir(exist_ok=True)
            Path(keep, f"{name}-{at}.txt").write_text(
                f"python tests/programs/fuzz.py --seed {seed} --only {at} {name}\n\n{said}"
            )
            Path(keep, f"{name}-{at}.pickle").write_bytes(given)
            print(f"{name} {at}: {said.strip().splitlines()[-1][:200]}")
    if json_file:
        json_file.write_text(json.dumps({"seed": seed, "readers": table}, indent=1) + "\n")
    raise SystemExit(any(row["wrong"] for row in table))


if __name__ == "__main__":
    main()
