"""Does every way in that the README shows work? Each package is installed in an environment of its own, and tested.

    python tests/programs/ways.py [--envs .ways] [WAY...]

A WAY may name what pip is to install for it: `torch=torch==2.9.0`. The tests are those of FILES that name the package
of the way. They are skipped by `make test`, as the environments take several GB and, once, minutes. Environments are
kept. What cannot be installed is named, with pip's reason; a test that fails or is skipped ends this with exit code 1.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import xml.etree.ElementTree
from pathlib import Path

ROOT = Path(__file__).parents[2]
FILES = ("test_readme.py", "test_coming_from.py", "test_stream.py", "test_loading.py")
PACKAGES = {  # what pip installs for a way; tests are found by the way's name
    "torch": "torch",
    "jax": "jax grain",
    "tensorflow": "tensorflow tensorflow-datasets",
    "torchvision": "torch torchvision",
}


def python_of(way, packages, envs):
    """The Python of a way's environment, made unless it is there; a str, pip's reason, if it cannot be."""
    folder = envs / way
    made, python = folder / "made", folder / "bin/python"
    if not made.exists() or made.read_text() != packages:
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        ended = subprocess.run([*install, "-e", ROOT, "pytest", *packages.split()], capture_output=True, text=True)
        if ended.returncode:
            lines = ended.stderr.splitlines()
            return next((line for line in lines if line.startswith("ERROR")), lines[-1])
        made.write_text(packages)
    return python


def results(way, python):
    """[(name, "" or what went wrong)] of a way's tests."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.xml")
        tests = [ROOT / "tests" / file for file in FILES]
        named = " and ".join([way, *(f"not {other}" for other in PACKAGES if other != way and way in other)])
        command = [python, "-m", "pytest", "-o", "addopts=-q", "-k", named, f"--junitxml={report}", *tests]
        own = {**os.environ, "PYTHONPATH": ""}
        ended = subprocess.run(command, cwd=ROOT, env=own, stdout=subprocess.PIPE, text=True)
        cases = list(xml.etree.ElementTree.parse(report).iter("testcase")) if report.exists() else []
    if ended.returncode not in (0, 1) or not cases:
        return [("tests", ended.stdout.strip().splitlines()[-1])]
    return [(case.get("name"), problem(case)) for case in cases]


def problem(case):
    """Why a test did not pass, in one line; "" if it did."""
    return next((" ".join(child.get("message").split())[:300] for child in case if child.get("message")), "")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("ways", nargs="*", metavar="WAY[=PACKAGES]", help=", ".join(PACKAGES))
    parser.add_argument("--envs", default=ROOT / ".ways", type=Path, help="folder of the environments")
    arguments = parser.parse_args()
    asked = dict(way.partition("=")[::2] for way in arguments.ways) or PACKAGES
    if unknown := set(asked) - set(PACKAGES):
        parser.error(f"WAY must be one of {', '.join(PACKAGES)}, not {unknown.pop()}")
    failed, absent = 0, []
    for way, packages in asked.items():
        python = python_of(way, packages or PACKAGES[way], arguments.envs.absolute())
        if isinstance(python, str):
            absent.append(way)
            print(f"{way:12} not run: {python}", flush=True)
            continue
        for name, wrong in results(way, python):
            failed += bool(wrong)
            print(f"{way:12} {name}: {wrong or 'ok'}", flush=True)
    print(f"{len(asked) - len(absent)} of {len(asked)} ways ran, {failed} tests failed")
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
