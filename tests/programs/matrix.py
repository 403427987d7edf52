"""Do the tests pass on each Python, with the newest and with the lowest versions that pyproject.toml allows?

    python tests/programs/matrix.py [--envs .matrix] [--core] [ENVIRONMENT...]

An environment is called by its Python and its end: 3.12-newest, 3.10-lowest; if none is asked for, all newest ones run
the core of the tests, which holds the hashes of every variant. The lowest one runs all tests, Ray's included. Each has
a folder of its own; a newest one is upgraded in each run. A Python that is not here is named, and an error if it was
asked for. Not part of `make test`: the environments take some 5 GB.
"""

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
PYTHONS = ("3.10", "3.11", "3.12", "3.13", "3.14")
LOWEST = f"{PYTHONS[0]}-lowest"
NEWEST = tuple(f"{python}-newest" for python in PYTHONS)
EXTRAS = {"lowest": "test,ray", "newest": "test"}
CORE = (  # hashes, motions, frames, masks, streams, files, what datasets reads of them, publishing, the wheel
    *(
        "sequences",
        "motions",
        "render",
        "truth",
        "tfds",
        "stream",
        "loading",
        "generate",
        "push_to_hub",
        "from_store",
        "package",
    ),
)
SHOWN = ("numpy", "datasets", "pyarrow", "huggingface_hub", "pillow", "fsspec")


def find_python(version):
    """The program of a Python, such as "3.12": of $PYTHON3_12, on the PATH, or of pyenv; None if there is none."""
    named = os.environ.get(f"PYTHON{version.replace('.', '_')}")
    of_pyenv = sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python"))
    places = [named, shutil.which(f"python{version}"), *of_pyenv]
    return next((place for place in filter(None, places) if version_of(place) == version), None)


def version_of(python):
    """What a Python says of itself, such as "3.12"; "" if it does not run."""
    program = "import sys; print('%d.%d' % sys.version_info[:2])"
    try:
        return subprocess.run([python, "-c", program], capture_output=True, text=True).stdout.strip()
    except OSError:
        return ""


def lowest_versions():
    """Lines of a constraints file: of each requirement of pyproject.toml the lowest version that it allows."""
    text = (ROOT / "pyproject.toml").read_text()
    return [f"{name}=={version}" for name, version in sorted(set(re.findall(r'"([\w-]+)[^">]*>=([\d.]+)"', text)))]


def find_uv(envs):
    """The program uv: pip takes minutes to find versions that fit the lowest ones. Installed unless it is there."""
    if found := shutil.which("uv"):
        return found
    program = envs / "uv" / "bin" / "uv"
    if not program.exists():
        subprocess.run([sys.executable, "-m", "venv", envs / "uv"], check=True)
        subprocess.run([program.with_name("pip"), "install", "--quiet", "uv"], check=True)
    return program


def environment(name, envs):
    """The Python of an environment, made anew if its requirements have changed, and upgraded if it is a newest one."""
    version, end = name.split("-")
    folder, pins = envs / name, f"{EXTRAS[end]}\n" + (ROOT / "pyproject.toml").read_text()
    python, made = folder / "bin" / "python", folder / "made"
    fresh = not made.exists() or made.read_text() != pins
    if fresh:
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([find_python(version), "-m", "venv", folder], check=True)
    install = [find_uv(envs), "pip", "install", "--quiet", "--python", python, "--editable", f".[{EXTRAS[end]}]"]
    if fresh or end == "newest":
        constraints = folder / "constraints.txt"
        constraints.write_text("\n".join(lowest_versions() if end == "lowest" else ()))
        subprocess.run([*install, "--upgrade", "--constraint", constraints], check=True, cwd=ROOT)
    else:  # which another checkout may have made
        subprocess.run([*install, "--no-deps"], check=True, cwd=ROOT)
    made.write_text(pins)
    return python


def versions_in(python):
    """What an environment has of SHOWN, in words."""
    program = f"from importlib.metadata import version; print(*(f'{{x}} {{version(x)}}' for x in {SHOWN}), sep=', ')"
    return subprocess.run([python, "-c", program], capture_output=True, text=True, check=True).stdout.strip()


def run_tests(name, envs, core):
    """Run the tests of an environment; whether they pass."""
    python = environment(name, envs)
    print(f"{name}: {versions_in(python)}", flush=True)
    tests = [f"tests/test_{each}.py" for each in CORE] if core or name != LOWEST else []
    command = [python, "-m", "pytest", "--numprocesses", "auto", "--dist", "loadfile", *tests]
    variables = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    began = time.perf_counter()
    passed = subprocess.run(command, cwd=ROOT, env=variables).returncode == 0
    print(f"{name}: {'passed' if passed else 'FAILED'} in {time.perf_counter() - began:.0f} s", flush=True)
    return passed


def fingerprint(names):
    """sha256 of all code and tests, and of which environments run them."""
    digest = hashlib.sha256(repr(names).encode())
    folders = ("scripts/**/*", "tests/**/*", "data/results/*", "*.*")
    files = {path for folder in folders for path in ROOT.glob(folder)}
    for path in sorted(path for path in files if path.is_file() and "__pycache__" not in path.parts):
        digest.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    return digest.hexdigest()


def chosen(asked):
    """The environments to run: those that are asked for, or the newest ones of all Pythons that are here."""
    names = asked or NEWEST
    missing = [name for name in names if find_python(name.partition("-")[0]) is None]
    for name in missing:
        version = name.partition("-")[0]
        place = f"python{version} is neither on the PATH nor in pyenv, nor named by PYTHON{version.replace('.', '_')}"
        print(f"{name}: not tested, {place}", flush=True)
    if asked and missing:
        sys.exit(2)
    return [name for name in names if name not in missing]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("environments", nargs="*", metavar="ENVIRONMENT", help=", ".join([*NEWEST, LOWEST]))
    parser.add_argument("--envs", default=ROOT / ".matrix", type=Path, help="folder of the environments")
    parser.add_argument("--core", action="store_true", help="the core of the tests with the lowest versions, too")
    parser.add_argument("--if-changed", action="store_true", help="only if it is other code than passed here last")
    arguments = parser.parse_args()
    if unknown := set(arguments.environments) - {*NEWEST, LOWEST}:
        parser.error(f"ENVIRONMENT must be one of {', '.join([*NEWEST, LOWEST])}, not {unknown.pop()}")
    envs = arguments.envs.absolute()
    names, record = chosen(arguments.environments), envs / "passed"
    if arguments.if_changed and record.exists() and record.read_text() == fingerprint(names):
        print(f"nothing has changed since the tests passed in {', '.join(names)}")
        return
    failed = [name for name in names if not run_tests(name, envs, arguments.core)]
    if failed:
        sys.exit(f"tests failed in {', '.join(failed)}")
    record.write_text(fingerprint(names))
    print(f"tests passed in {', '.join(names)}")


if __name__ == "__main__":
    main()
