"""What one version of datasets reads, as JSON on stdout: run by compat.py in an environment of that version alone.

    python compat_reader.py parquet FOLDER_OR_REPO [--streaming]    every config and split
    python compat_reader.py script REPO NPY                         the builder as a loading script, branch `script`
    python compat_reader.py builder NPY                             the builder as a plain module

{config: {split: {"columns": {name: type}, "frames": sha256 of uint8 (n, t, h, w), "annotations": {name: values}}}}

The pictures of the config `animated` are files of the repo: from a folder, "frames" is of their addresses alone.
"""

import argparse
import hashlib
import inspect
import json
import os
import sys
import tempfile

import datasets
import numpy as np
from PIL import ImageSequence

PATHS = datasets.Image(decode=False)


def read_parquet(source, streaming, cache):
    """Every config and split of a folder or a repo, by load_dataset."""
    is_folder = os.path.isdir(source)
    return {
        config: {
            split: read_split(rows.cast_column("preview", PATHS) if is_folder and config == "animated" else rows)
            for split, rows in datasets.load_dataset(source, config, streaming=streaming, cache_dir=cache).items()
        }
        for config in datasets.get_dataset_config_names(source)
    }


def read_script(source, npy, cache):
    """The builder on the repo's branch `script`, which datasets below 4 runs as a loading script."""
    arguments = {"revision": "script", "source": npy, "sha256": None, "cache_dir": cache}
    if "trust_remote_code" in inspect.signature(datasets.load_dataset).parameters:  # since 2.16
        arguments["trust_remote_code"] = True
    return {
        config: {"test": read_split(datasets.load_dataset(source, config, split="test", **arguments))}
        for config in ("default", "arrays")
    }


def read_builder(npy, cache):
    """The builder as a module that is imported, in every version."""
    from moving_mnist import MovingMnist

    read = {}
    for config in ("default", "arrays"):
        builder = MovingMnist(config, source=npy, sha256=None, cache_dir=cache)
        builder.download_and_prepare()
        read[config] = {"test": read_split(builder.as_dataset("test"))}
    return read


def read_split(rows):
    """The pixels of a split as one hash, and its annotations as they are."""
    pictures = next(iter(rows.features))
    digest, annotations = hashlib.sha256(), {name: [] for name in rows.features if name != pictures}
    for row in rows:
        digest.update(content(row.pop(pictures)))
        for name, value in row.items():
            annotations[name].append(value)
    columns = {name: describe(feature) for name, feature in rows.features.items()}
    return {"columns": columns, "frames": digest.hexdigest(), "annotations": annotations}


def content(pictures):
    """What a cell holds: an address without a picture, a moving picture, a strip, or a list of pictures or arrays."""
    if isinstance(pictures, dict):
        return pictures["path"].encode()
    if getattr(pictures, "is_animated", False):
        pictures = [frame.convert("RGB") for frame in ImageSequence.Iterator(pictures)]
    elif hasattr(pictures, "getpixel"):
        pictures = [pictures]
    return np.stack([np.asarray(picture, np.uint8) for picture in pictures])


def describe(feature):
    """A feature in words that all versions share: they disagree on "Sequence" and "List"."""
    kind = type(feature).__name__
    if kind in ("Sequence", "List", "LargeList"):
        return f"list of {describe(feature.feature)}"
    if kind == "ClassLabel":
        return f"class of {' '.join(feature.names)}"
    return " ".join([getattr(feature, "dtype", None) or kind, *map(str, getattr(feature, "shape", ()))])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    parquet = commands.add_parser("parquet")
    parquet.add_argument("source")
    parquet.add_argument("--streaming", action="store_true")
    script = commands.add_parser("script")
    script.add_argument("source")
    script.add_argument("npy")
    builder = commands.add_parser("builder")
    builder.add_argument("npy")
    arguments = vars(parser.parse_args())
    read = {"parquet": read_parquet, "script": read_script, "builder": read_builder}[arguments.pop("command")]
    with tempfile.TemporaryDirectory() as cache:
        json.dump(read(**arguments, cache=cache), sys.stdout)


if __name__ == "__main__":
    main()
