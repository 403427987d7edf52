"""Kill every command that writes, at random moments, and see that nothing is lost and nothing is left running.

    python tests/programs/torture.py                       # 1,000 kills, in about half an hour
    python tests/programs/torture.py --kills 50 push       # of the commands whose names begin so

A kill is SIGKILL, SIGTERM or SIGINT, to the process or to its whole group. Afterwards

- every file under its final name is whole, and a repo is at its old or its new commit;
- no process is left, and after SIGTERM and SIGINT no stray file, also not in TMPDIR;
- SIGTERM and SIGINT end with exit code 130 and one line, unless the command was finished;
- the same command, run to its end, makes the bytes of an undisturbed run, and leaves no stray file.

A signal that comes before the first line of ours, while Python itself starts, ends the process in Python's way, and
SIGTERM to all of a new Ray cluster in Ray's way. Then its exit code, what it prints and stray files are not asked for.
"""

import json
import multiprocessing
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import click
import psutil
from folders import sums
from standin_hub import StandinHub
from torture_cases import CASES, REPO, STAGING, Inputs
from tqdm import tqdm

from moving_mnist_generator.running.signals import EXIT_CODE, STOPPED
from moving_mnist_generator.verbs.start import start

SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)
START_SECONDS = 0.3  # in which a command starts; every sixth kill comes in them
LIMIT_SECONDS = 600  # for any run, on a busy machine
PRELOADED = [  # what the commands import before they write
    *(f"moving_mnist_generator.verbs.{name}" for name in ("generate", "export_test", "export", "preview")),
    *(f"moving_mnist_generator.{name}" for name in ("files.making", "files.authors", "previews.files")),
    *(f"moving_mnist_generator.{name}" for name in ("sources.opening", "publishing.current", "verbs.update_card")),
    "av",
]

FILE = click.Path(dir_okay=False, path_type=Path)


class Place:
    """A folder for one kill: `work`, where the command runs, its TMPDIR `tmp`, its `home`, and perhaps a Hub."""

    def __init__(self, inputs, case, folder, state, stack):
        self.inputs, self.case, self.folder = inputs, case, folder
        self.work, self.tmp, self.home = (folder / name for name in ("work", "tmp", "home"))
        for each in (self.work, self.tmp, self.home):
            each.mkdir(parents=True)
        for name in case.begins:
            shutil.copy(inputs.folder / name, self.work)
        if state:
            shutil.copytree(inputs.hubs[state], folder / "hub", copy_function=os.link)
        self.hub = stack.enter_context(StandinHub(folder / "hub")) if state else None
        self.line = inputs.line(case.script, case.arguments)
        own = {"TMPDIR": self.tmp, "RAY_TMPDIR": folder / "ray", "TORTURE": folder}
        self.environment = inputs.environment(self.home, self.hub, **own)

    def popen(self):
        """The command, started, in a group of its own."""
        with (self.folder / "stderr").open("w") as stderr:
            return subprocess.Popen(
                self.line,
                cwd=self.work,
                env=self.environment,
                stdout=subprocess.DEVNULL,
                stderr=stderr,
                start_new_session=True,
            )

    def said(self):
        return (self.folder / "stderr").read_text().strip()

    def run(self, server):
        """Run the command to its end; its exit code."""
        if not self.case.is_warm:
            return self.popen().wait(LIMIT_SECONDS)
        process = server.Process(target=run_warm, args=(self.case.script, self.line, self.folder, self.environment))
        process.start()
        process.join(LIMIT_SECONDS)
        return process.exitcode

    def state(self):
        """{name: hash} of all files, hidden ones too, and of what is in the repos of the Hub."""
        found = sums(self.work)
        for repo in (REPO, STAGING) if self.hub else ():
            for ref in ("main", "script") if self.hub.load(repo) else ():
                if f"refs/heads/{ref}" in self.hub.load(repo)["refs"]:
                    found |= {f"{repo}@{ref}/{name}": oid for name, oid in self.hub.tree(repo, ref).items()}
        return found

    def processes(self):
        """The processes that this command started and that still do something."""
        found = []
        for process in psutil.process_iter():
            try:
                if process.environ().get("TORTURE") == str(self.folder):
                    found.append(process)
            except psutil.Error:
                continue
        return [process for process in found if process.is_running() and process.status() != psutil.STATUS_ZOMBIE]


def run_warm(script, line, folder, environment):
    """Run a command in a fork of a process that has imported what it needs."""
    os.chdir(folder / "work")
    os.environ.clear()
    os.environ.update(environment)
    tempfile.tempdir = None
    for number, name in ((1, os.devnull), (2, folder / "stderr")):
        os.dup2(os.open(name, os.O_WRONLY | os.O_TRUNC), number)
    sys.stdout, sys.stderr, sys.argv = os.fdopen(1, "w"), os.fdopen(2, "w"), line[1:]
    start(script)


def whole(before, after, found):
    """What is wrong with the state after a kill, given the states before the command and after an undisturbed one."""
    shown = {name: oid for name, oid in found.items() if not is_hidden(name)}
    wrong = [
        f"{name} is neither old nor new" for name in shown if shown[name] not in (before.get(name), after.get(name))
    ]
    # A repo, and the folder of an export, appear and change as a whole.
    together = [name for name in {*before, *after} if name.startswith((f"{REPO}@main", "out/"))]
    of_both = [all(found.get(name) == state.get(name) for name in together) for state in (before, after)]
    is_new = {name for name in found if name in together} == {f"{REPO}@main/.gitattributes"}  # a repo without a commit
    return wrong if any(of_both) or is_new else [*wrong, "it is between old and new"]


def is_hidden(name):
    """Whether it is the name of a partial file, or in a partial folder."""
    return any(part.startswith(".") for part in name.split("@")[0].split("/")) and "@" not in name


def stray(place, found):
    """Files that nobody needs."""
    return [name for name in found if is_hidden(name)] + [f"TMPDIR/{path.name}" for path in place.tmp.iterdir()]


def kill(place, rng, seconds):
    """Start the command and end it at a random moment.

    Returns:
        (what is wrong, whether it was before our first line, seconds that it took to end, the signal in words, whether
        the command may clean up).
    """
    delay = rng.uniform(0, START_SECONDS if rng.random() < 1 / 6 else 1.1 * seconds)
    sent, group = rng.choice(SIGNALS), rng.random() < 0.5
    process = place.popen()
    time.sleep(delay)
    early = process.poll() is None and not catches_sigterm(process.pid)
    began = time.monotonic()
    if process.poll() is None:
        (os.killpg if group else os.kill)(process.pid, sent)
    words = f"{sent.name} to the {'group' if group else 'process'} after {delay:.2f} s"
    lenient = early or (place.case.with_servers and group and sent == signal.SIGTERM)
    soft = sent != signal.SIGKILL and not lenient
    try:
        code = process.wait(LIMIT_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        return ["it did not end"], early, LIMIT_SECONDS, words, soft
    took, said = time.monotonic() - began, place.said()
    well = (code, said) in ((0, ""), (EXIT_CODE, STOPPED)) or lenient or (sent == signal.SIGKILL and code == -sent)
    return [] if well else [f"exit code {code}, {said[-300:]!r}"], early, took, words, soft


def catches_sigterm(pid):
    """Whether a process has come to our first line, which is to catch SIGTERM."""
    try:
        fields = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    except OSError:
        return True
    return bool(int(fields["SigCgt"], 16) >> (signal.SIGTERM - 1) & 1)


def left_running(place):
    """The names of processes that are still there when they should be gone; they are ended."""
    end = time.monotonic() + place.case.soon
    while (found := place.processes()) and time.monotonic() < end:
        time.sleep(0.05)
    names = [" ".join(process.cmdline())[:200] for process in found]
    for process in found:
        process.kill()
    return names


def try_once(inputs, case, folder, server, expected, seed):
    """Kill a command once: its result as a dict."""
    rng = random.Random(seed)
    state = rng.choice(case.hub) if case.hub else None
    with ExitStack() as stack:
        place = Place(inputs, case, folder, state, stack)
        before, (after, seconds) = place.state(), expected[case.name, state]
        wrong, early, took, words, soft = kill(place, rng, seconds)
        left, found = left_running(place), place.state()
        wrong += whole(before, after, found)
        if soft:
            wrong += [f"{name} is left" for name in stray(place, found)]
        if found != after or not case.name.startswith("export --format"):  # which refuses what is there
            code = place.run(server)
            wrong += [] if code == 0 else [f"run again, exit code {code}: {place.said()[-300:]!r}"]
        left += left_running(place)
        found = place.state()
        wrong += [f"{name} differs, run again" for name in {*found, *after} if found.get(name) != after.get(name)]
        wrong += [f"{name} is left, run again" for name in stray(place, found)]
    if not wrong and not left:
        shutil.rmtree(folder)
    return {"case": case.name, "words": words, "wrong": wrong, "left": left, "early": early, "took": took}


def undisturbed(inputs, case, folder, state):
    """(state after a run that nobody disturbs, its seconds)."""
    with ExitStack() as stack:
        place = Place(inputs, case, folder, state, stack)
        began = time.monotonic()
        code = place.popen().wait(LIMIT_SECONDS)
        seconds = time.monotonic() - began
        assert code == 0, (case.name, place.said())
        assert not left_running(place) and not stray(place, place.state())
        return place.state(), seconds


def undisturbed_all(inputs, cases, out, jobs):
    """{(case, state of the Hub): what `undisturbed` returns}."""
    wanted = [(case, state) for case in cases for state in case.hub or (None,)]
    with ThreadPoolExecutor(jobs) as pool:
        folders = [out / f"whole-{number}" for number in range(len(wanted))]
        ended = pool.map(lambda each, folder: undisturbed(inputs, each[0], folder, each[1]), wanted, folders)
        return {(case.name, state): found for (case, state), found in zip(wanted, ended, strict=True)}


def shares(cases, kills):
    """Which case each kill takes: as many of each as its share, at least one."""
    total = sum(case.share for case in cases)
    counts = [max(1, round(kills * case.share / total)) for case in cases]
    counts[0] += kills - sum(counts)
    return [case for case, count in zip(cases, counts, strict=True) for _ in range(count)]


def table(results):
    """{case: {tried, survived, lost, left running, early, slowest}}: counts, and seconds until the slowest ended."""
    rows = {}
    for case in dict.fromkeys(result["case"] for result in results):
        mine = [result for result in results if result["case"] == case]
        lost, left = sum(bool(result["wrong"]) for result in mine), sum(bool(result["left"]) for result in mine)
        well = sum(not result["wrong"] and not result["left"] for result in mine)
        rows[case] = {"tried": len(mine), "survived": well, "lost": lost, "left running": left}
        slowest = round(max(result["took"] for result in mine), 1)
        rows[case] |= {"early": sum(result["early"] for result in mine), "slowest": slowest}
    return rows


@click.command()
@click.argument("names", nargs=-1)
@click.option("--kills", default=1_000, show_default=True, type=click.IntRange(1))
@click.option("--seed", default=0, show_default=True)
@click.option("--jobs", default=os.cpu_count(), show_default=True, help="Kills at the same time.")
@click.option("--json", "json_file", type=FILE, help="Write the figures there; those of other commands stay.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder to keep what failed.  [default: a temporary one]")
def torture(names, kills, seed, jobs, json_file, out):
    """Kill the commands whose names begin with one of NAMES; default: all."""
    cases = [case for case in CASES if not names or case.name.startswith(tuple(names))]
    out = Path(tempfile.mkdtemp(prefix="torture-", dir=out))
    server = multiprocessing.get_context("forkserver")
    server.set_forkserver_preload(["__main__", *PRELOADED])
    inputs = Inputs(out / "inputs")
    expected = undisturbed_all(inputs, cases, out, jobs)
    planned, rng = shares(cases, kills), random.Random(seed)
    rng.shuffle(planned)
    results = []
    with ThreadPoolExecutor(jobs) as pool, tqdm(total=len(planned), unit=" kills", smoothing=0) as progress:
        futures = [
            pool.submit(try_once, inputs, case, out / str(number), server, expected, rng.random())
            for number, case in enumerate(planned)
        ]
        for number, future in enumerate(futures):
            results.append(future.result())
            progress.update()
            if results[-1]["wrong"] or results[-1]["left"]:
                progress.write(f"{out / str(number)}: {json.dumps(results[-1], indent=1)}", file=sys.stderr)
    rows = table(results)
    for case, row in rows.items():
        print(f"{case:24}", *(f"{count:5,} {what}" for what, count in row.items()))
    if json_file:
        kept = json.loads(json_file.read_text())["commands"] if names and json_file.exists() else {}
        rows = {case.name: row for case in CASES if (row := {**kept, **rows}.get(case.name))}
        json_file.write_text(json.dumps({"seed": seed, "commands": rows}, indent=1) + "\n")
    if any(result["wrong"] or result["left"] for result in results):
        sys.exit(1)
    shutil.rmtree(out)


if __name__ == "__main__":
    torture()
