"""Do old and new versions of datasets read what is published? Each is installed, and reads it.

    python tests/programs/compat.py [--envs .compat] [VERSION...]

A small data/ of every config is staged in a folder; of the variants with the same columns, one is published to a
stand-in Hub. Each version reads both, whole and as a stream, and must find the generator's own pixels and annotations;
and the builder, as a loading script (below 4) and as a module (3.6 and above). Not part of `make test`: the
environments take some 3 GB and, once, minutes. They are kept; one whose pins change is made anew.
"""

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from standin_hub import StandinHub

import moving_mnist
from moving_mnist_generator import LAYOUTS, VARIANTS, Recipe
from moving_mnist_generator.common.names import AUTHORS
from moving_mnist_generator.files.exporting import annotations_of, published
from moving_mnist_generator.rows.columns import columns_of

ROOT = Path(__file__).parents[2]
REPO, TOKEN = "user/moving_mnist", "hf_user_writes"
DEFAULT_SIZES = {"train": 110, "validation": 6}  # so that pictures have a second row group, which begins at 100
SIZES = {"train": 5, "validation": 4, "test": 3}  # of every variant
AUTHORS_ROWS = 7  # of two_digits, so that they are explained
SHOWN = 3  # sequences of each config that publishing shows as moving pictures

# One each for Python 3.10 to 3.12. What datasets itself pins is left to it; the rest is of its time, or just
# before what breaks it: fsspec, pyarrow and numpy for 2.14.7, huggingface_hub 1 for all up to 4.0.
OLD = "numpy==1.26.4 huggingface-hub==0.24.7 pillow==11.3.0"
NEW = "numpy==2.2.6 pandas==2.3.3 pillow==11.3.0"
PINS = {
    "2.14.7": f"pyarrow==14.0.2 pandas==2.1.4 fsspec==2023.10.0 dill==0.3.7 multiprocess==0.70.15 {OLD}",
    "2.21.0": f"pyarrow==17.0.0 pandas==2.2.3 fsspec==2024.6.1 {OLD}",
    "3.6.0": f"pyarrow==20.0.0 fsspec==2025.3.0 huggingface-hub==0.33.4 {NEW}",
    "4.0.0": f"pyarrow==20.0.0 fsspec==2025.3.0 huggingface-hub==0.34.4 {NEW}",
    "4.8.5": f"pyarrow==21.0.0 {NEW}",
    "5.2.0": f"pyarrow==26.0.0 {NEW}",
}


def environment(version, envs):
    """The Python of an environment of that version, made unless it is there."""
    folder, pins = Path(envs) / version, f"datasets=={version} {PINS[version]}"
    made = folder / "made"
    if not made.exists() or made.read_text() != pins:
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        install = [folder / "bin/python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*install, *pins.split()], check=True)
        made.write_text(pins)
    return folder / "bin" / "python"


def call(script, *arguments, **changes):
    """Run one of our scripts; end as it ended if it failed."""
    command = [sys.executable, ROOT / "scripts" / f"{script}.py", *map(str, arguments)]
    ended = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **changes})
    if ended.returncode:
        sys.exit(f"{script}.py: {ended.stderr.strip()}")


def publish(folder, hub):
    """Make, stage and publish a small data/ in every layout: (the staged folder, the npy of the authors' test)."""
    data, npy, staged = folder / "data", folder / "seq.npy", folder / "staged"
    np.save(npy, Recipe("two_digits", "test").sequences(range(AUTHORS_ROWS)).frames.swapaxes(0, 1))
    for names, sizes in ((["default"], DEFAULT_SIZES), (VARIANTS, SIZES)):
        flags = [f"--{split}={size}" for split, size in sizes.items()] + [f"--layout={name}" for name in LAYOUTS]
        call("generate", *names, "--out", data, *flags)
    call("export_test", "--source", npy, "--no-verify", "--out", data)
    call("push_to_hub", REPO, "--data", data, "--allow-other-test", "--dry-run", staged)
    few = folder / "few"  # on the Hub, each config costs a version seconds of requests
    for config in configs_on_the_hub():
        shutil.copytree(data / config, few / config)
    home = hub_variables(hub, folder / "home")
    call("push_to_hub", REPO, "--data", few, "--allow-other-test", **home, HF_TOKEN=TOKEN)
    return staged, npy


def configs_on_the_hub():
    """Configs without annotations, `authors`, and of the variants with the same columns those of the first."""
    first = {tuple(columns_of(variant)): name for name, variant in reversed(VARIANTS.items())}
    names = [LAYOUTS[layout].config(name) for name in first.values() for layout in LAYOUTS]
    return [*(layout.bare for layout in LAYOUTS.values()), AUTHORS, *names]


def hub_variables(hub, home):
    """Environment of a process that takes the stand-in for the Hub, and keeps its cache to itself."""
    return {
        "HF_ENDPOINT": hub.url,
        "HF_HOME": str(home),
        "HF_HUB_OFFLINE": "0",
        "HF_HUB_DISABLE_XET": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "HF_UPDATE_DOWNLOAD_COUNTS": "FALSE",  # else datasets makes a request to another host
        "NO_PROXY": "127.0.0.1,localhost",
    }


def expected_examples(variants, npy, on_hub):
    """What the config `animated` is to hold of the authors' file and of variants, in the words of compat_reader.py."""
    authors = np.load(npy)[:, :SHOWN].swapaxes(0, 1)
    names, sequences = ["default", *sorted({AUTHORS, *variants})], [*authors]
    labels, captions = [None] * SHOWN, [None] * SHOWN
    for name in names[1:]:
        recipe = Recipe("two_digits" if name == AUTHORS else name, "test")
        found = found_in(npy)[:SHOWN] if name == AUTHORS else recipe.sequences(range(SHOWN))
        sequences += list(authors if name == AUTHORS else found.frames)
        labels += [", ".join(map(str, row)) for row in found.labels.tolist()]
        captions += recipe.annotations(found)["caption"]
    digest, page = hashlib.sha256(), f"hf://datasets/{REPO}@main/data/animated"
    for number, frames in enumerate(sequences):
        address = f"{page}/{names[number // SHOWN]}-{number % SHOWN}.webp"
        digest.update(in_large(frames) if on_hub else address.encode())
    text = "string"
    columns = {"preview": "PIL.Image.Image", "config": f"class of {' '.join(names)}", "labels": text, "caption": text}
    classes = [number for number in range(len(names)) for _ in range(SHOWN)]
    annotations = {"config": classes, "labels": labels, "caption": captions}
    return {"examples": {"columns": columns, "frames": digest.hexdigest(), "annotations": annotations}}


def found_in(npy):
    """The annotations of the authors' test: Sequences without frames."""
    return annotations_of(moving_mnist.verify(npy, None))


def in_large(frames):
    """Frames as the pictures show them: in RGB, four times enlarged, each of several equal ones in a row once."""
    changed = [True, *(frames[1:] != frames[:-1]).reshape(len(frames) - 1, -1).any(1)]
    frames = frames[changed].repeat(4, 1).repeat(4, 2)
    return np.ascontiguousarray(frames if frames.ndim == 4 else np.stack([frames] * 3, -1))


def expected(npy):
    """What every version is to read, made by the generator and numpy alone, in the words of compat_reader.py."""
    configs, authors = {}, np.load(npy).swapaxes(0, 1)
    for layout in LAYOUTS:
        recipes = {split: Recipe("two_digits", split) for split in DEFAULT_SIZES}
        frames = {split: recipe.sequences(range(DEFAULT_SIZES[split])).frames for split, recipe in recipes.items()}
        features = recipes["train"].features(layout, annotated=False)
        configs[LAYOUTS[layout].bare] = {
            split: described(features, each, {}) for split, each in {**frames, "test": authors}.items()
        }
        for name in VARIANTS:
            configs[LAYOUTS[layout].config(name)] = {
                split: generated_split(Recipe(name, split), layout, size) for split, size in SIZES.items()
            }
    for layout in published():
        split = expected_split(recipes["train"], layout, found_in(npy), authors)
        configs[LAYOUTS[layout].config(AUTHORS)] = {"test": split}
    return configs


def generated_split(recipe, layout, size):
    """One split of a variant."""
    sequences = recipe.sequences(range(size))
    return expected_split(recipe, layout, sequences, sequences.frames)


def expected_split(recipe, layout, sequences, frames):
    """One split with annotations."""
    values = recipe.annotations(sequences)
    lists = {name: column if isinstance(column, list) else column.tolist() for name, column in values.items()}
    return described(recipe.features(layout), frames, lists)


def described(features, frames, annotations):
    """One split: features as JSON, frames (n, t, ...) uint8, and the values of its other columns."""
    digest = hashlib.sha256(np.ascontiguousarray(frames)).hexdigest()
    columns = {name: in_words(feature) for name, feature in features.items()}
    return {"columns": columns, "frames": digest, "annotations": annotations}


def in_words(feature):
    """A feature as compat_reader.py describes it."""
    kind = feature["_type"]
    if kind == "Sequence":
        return f"list of {in_words(feature['feature'])}"
    if kind == "ClassLabel":
        return f"class of {' '.join(feature['names'])}"
    return " ".join([feature.get("dtype", "PIL.Image.Image"), *map(str, feature.get("shape", ()))])


def readings(version, staged, npy):
    """(what is read and how, arguments of compat_reader.py, whether from the stand-in) for a version."""
    number = tuple(map(int, version.split(".")))
    for source, remote in ((staged, False), (REPO, True)):
        place = "Hub" if remote else "folder"
        yield f"{place}", ["parquet", source], remote
        yield f"{place}, streaming", ["parquet", source, "--streaming"], remote
    if number < (4,):
        yield "loading script", ["script", REPO, npy], True
    if number >= (3, 6):
        yield "builder", ["builder", npy], False


def read(python, arguments, home, variables):
    """What compat_reader.py reads in that environment; a str, the last line of its complaints, where it fails."""
    own = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "HF_HOME": str(home),
        "HF_HUB_OFFLINE": "1",
        "PYTHONPATH": str(ROOT),  # for moving_mnist.py
        "PYTHONWARNINGS": "ignore",
    }
    command = [python, Path(__file__).with_name("compat_reader.py"), *map(str, arguments)]
    ended = subprocess.run(command, capture_output=True, text=True, cwd=home, env={**own, **variables})
    return (ended.stderr.strip().splitlines() or ["failed"])[-1] if ended.returncode else json.loads(ended.stdout)


def all_expected(npy):
    """{source: {config: what is to be read}} of a folder, of the Hub, and of the builder."""
    whole = expected(npy)
    on_hub = {config: whole[config] for config in configs_on_the_hub()}
    on_hub["animated"] = expected_examples(set(VARIANTS) & set(on_hub), npy, on_hub=True)
    builder = {config: {"test": whole[config]["test"]} for config in ("default", "arrays")}
    in_folder = {**whole, "animated": expected_examples(VARIANTS, npy, on_hub=False)}
    return {"folder": in_folder, "Hub": on_hub, "builder": builder}


def check(python, command, remote, right, folder, hub):
    """(what is wrong with what a version reads, or None, and the seconds that it took)."""
    home, began = Path(tempfile.mkdtemp(dir=folder)), time.perf_counter()
    found = read(python, command, home, hub_variables(hub, home) if remote else {})
    seconds = time.perf_counter() - began
    if isinstance(found, str):
        return found, seconds
    wanted = right["builder" if command[0] != "parquet" else "Hub" if remote else "folder"]
    return difference(dict(sorted(found.items())), dict(sorted(wanted.items())), REPO), seconds


def difference(found, wanted, place=""):
    """Where two values first differ, in words; None if they do not."""
    if isinstance(found, dict) and isinstance(wanted, dict):
        if list(found) != list(wanted):
            return f"{place} holds {list(found)}, not {list(wanted)}"
        return next(filter(None, (difference(found[key], wanted[key], f"{place}/{key}") for key in wanted)), None)
    return None if found == wanted else f"{place} is {str(found)[:200]}, not {str(wanted)[:200]}"


def fingerprint():
    """sha256 of all that decides what is published, and of what reads it."""
    digest = hashlib.sha256(repr(sorted(PINS.items())).encode())
    paths = [ROOT / name for name in ("moving_mnist.py", "README.md", "dataset_infos.json", "pyproject.toml")]
    for path in sorted([*paths, *ROOT.glob("scripts/**/*.py"), *ROOT.glob("tests/programs/compat*.py")]):
        digest.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    return digest.hexdigest()


def passed(envs):
    """The fingerprint that passed last with these environments, if any did."""
    record = envs / "passed"
    return record.read_text() if record.exists() else None


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("versions", nargs="*", metavar="VERSION", help=", ".join(PINS))
    parser.add_argument("--envs", default=ROOT / ".compat", type=Path, help="folder of the environments")
    parser.add_argument("--if-changed", action="store_true", help="only if it is other code than passed here last")
    arguments = parser.parse_args()
    if arguments.if_changed and passed(arguments.envs) == fingerprint():
        print("nothing that is published has changed since all versions read it")
        return
    if unknown := set(arguments.versions) - set(PINS):
        parser.error(f"VERSION must be one of {', '.join(PINS)}, not {unknown.pop()}")
    versions = arguments.versions or PINS
    pythons = {version: environment(version, arguments.envs) for version in versions}
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(os.cpu_count()) as pool:
        folder = Path(folder)
        hub = StandinHub(folder / "hub")
        staged, npy = publish(folder, hub)
        right = all_expected(npy)
        asked = [(version, *each) for version in versions for each in readings(version, staged, npy)]
        ended = pool.map(lambda each: check(pythons[each[0]], *each[2:], right, folder, hub), asked)
        failed = 0
        for (version, what, *_), (wrong, seconds) in zip(asked, ended, strict=True):
            failed += bool(wrong)
            print(f"{version:7} {what:18} {seconds:5.1f} s  {wrong or 'ok'}", flush=True)
        hub.close()
    if not failed and not arguments.versions:
        (arguments.envs / "passed").write_text(fingerprint())
    print(f"{failed} readings failed" if failed else "all versions read the generator's own pixels and annotations")
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
