"""data/ -> croissant.json, a description of the dataset that other tools than datasets read: Croissant 1.1, with RAI.

The Hub makes one by itself, without the arrays, citation, version, dates and hashes of this one, and without words on
responsible use. Ours has one RecordSet for each split. A split of one file is read from that file alone, by its
address, and verified by its sha256. A split of several files is one FileSet, a glob in a copy of the repo: so the
description stays as small with 5,000 files as with two. mlcroissant has no set of files with hashes.

Without a repo, `contentUrl` is a path beside `data`. To read what was rendered for a repo from local files, give
`mapping`, from ids to local paths; the id of the whole repo is "repo":

    mlcroissant.Dataset("croissant.json").records("two_digits_arrays/train")

mlcroissant reads arrays number by number, 82,000 a row: it suits a look at some rows. To train, use datasets. It reads
a list of pictures only where the field says `repeated`, as Croissant 1.0 called it, besides `isArray`.
"""

import contextlib
import importlib.util
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from upath import UPath

from moving_mnist import CITATION, HOMEPAGE

from ..common.checks import InputError
from ..common.names import ANIMATED, VERSION
from ..rows.columns import meaning_of
from . import animated
from .card import DESCRIPTION, STATIC_KEYS
from .facts import Config, ShardFile, Split
from .words import about_fields

with contextlib.suppress(ImportError):  # an extra
    import mlcroissant as mlc

DATE_PUBLISHED = "2026-11-22"  # of VERSION
LICENSE_URL = "https://creativecommons.org/licenses/by-sa/3.0/"  # STATIC_KEYS["license"]
CREATORS = ("Nitish Srivastava", "Elman Mansimov", "Ruslan Salakhutdinov")
SAME_AS = [HOMEPAGE, "https://www.tensorflow.org/datasets/catalog/moving_mnist"]
PARQUET = "application/x-parquet"
CONFORMS_TO = ["http://mlcommons.org/croissant/1.1", "http://mlcommons.org/croissant/RAI/1.0"]
CONTEXT = {  # what Croissant 1.1 adds to the @context of 1.0, which is mlcroissant's default
    "arrayShape": "cr:arrayShape",
    "containedIn": "cr:containedIn",
    "description": {"@container": "@language"},
    "isArray": "cr:isArray",
    "name": {"@container": "@language"},
}


def render_croissant(
    configs: Sequence[Config], hashes: dict[str, str], repo_id: str | None = None, branch: str = "main"
) -> str:
    """croissant.json of the Parquet files of all configs.

    Args:
        configs: what `facts.some_configs` returns.
        hashes: {path of a file in the repo, as `file_id` gives it: its sha256, 64 digits}.
        repo_id: "user/name" on the Hub, where the files then are; None, beside croissant.json.
        branch: of that repo.

    Raises:
        InputError: mlcroissant is not installed.
    """
    if importlib.util.find_spec("mlcroissant") is None:
        raise InputError('publishing needs mlcroissant: pip install "moving-mnist[publishing]"')
    page = f"https://huggingface.co/datasets/{repo_id}"
    base = f"{page}/resolve/{branch}/" if repo_id else ""
    context = mlc.Context(conforms_to=CONFORMS_TO[0])
    context.rdf.context.update(CONTEXT)
    splits = [(config, split) for config in configs for split in config.splits]
    globs = [split for split in splits if len(split[1].shards) > 1]
    repo = [repo_object(context, page)] if repo_id and globs else []
    alone = [split.shards[0] for _, split in splits if len(split.shards) == 1]
    files = [file_object(context, shard, hashes, base) for shard in alone]
    sets = [file_set(context, config, split, repo) for config, split in globs]
    metadata = mlc.Metadata(
        ctx=context,
        name="moving_mnist",
        description=DESCRIPTION,
        cite_as=CITATION,
        conforms_to=CONFORMS_TO,
        creators=[mlc.Person(ctx=context, name=name) for name in CREATORS],
        date_published=DATE_PUBLISHED,
        keywords=STATIC_KEYS["tags"],
        license=[LICENSE_URL],
        same_as=SAME_AS,
        url=page if repo_id else HOMEPAGE,
        version=VERSION,
        distribution=[*repo, *files, *sets],
        record_sets=[record_set(context, config, split) for config, split in splits],
        **about_fields(),
    )
    return json.dumps(metadata.to_json(), indent=2, ensure_ascii=False) + "\n"


def repo_object(context: "mlc.Context", page: str) -> "mlc.FileObject":
    """The repo as a whole, from which splits of several files are read."""
    return mlc.FileObject(
        ctx=context,
        id="repo",
        name="repo",
        description="The repo on the Hub.",
        content_url=page,
        encoding_formats=["git+https"],
        sha256="https://github.com/mlcommons/croissant/issues/80",  # a repo has none: the Hub's own files say this
    )


def file_object(context: "mlc.Context", shard: ShardFile, hashes: dict[str, str], base: str) -> "mlc.FileObject":
    """One Parquet file, by its path in the repo."""
    name = file_id(shard.path)
    return mlc.FileObject(
        ctx=context,
        id=name,
        name=name,
        content_url=base + name,
        content_size=f"{shard.size} B",
        encoding_formats=[PARQUET],
        sha256=hashes[name],
    )


def file_id(path: Path | UPath) -> str:
    """A file's path in the repo."""
    return f"data/{path.parent.name}/{path.name}"


def file_set(context: "mlc.Context", config: Config, split: Split, repo: list["mlc.FileObject"]) -> "mlc.FileSet":
    """The files of a split that has several."""
    return mlc.FileSet(
        ctx=context,
        id=f"{config.name}/{split.name}/files",
        name=f"{config.name}/{split.name}/files",
        contained_in=[each.id for each in repo],
        encoding_formats=[PARQUET],
        includes=[f"data/{config.name}/{split.name}-*.parquet"],
    )


def record_set(context: "mlc.Context", config: Config, split: Split) -> "mlc.RecordSet":
    """The rows of one split."""
    name = f"{config.name}/{split.name}"
    source = {"file_object": file_id(split.shards[0].path)}
    if len(split.shards) > 1:
        source = {"file_set": f"{name}/files"}
    return mlc.RecordSet(
        ctx=context,
        id=name,
        name=name,
        description=f"One record a sequence: config {config.name}, split {split.name}.",
        fields=[field(context, name, column, feature, source) for column, feature in config.features.items()],
    )


def field(
    context: "mlc.Context", record_set_name: str, column: str, feature: dict[str, Any], source: dict[str, str]
) -> "mlc.Field":
    """One column. source: which file or files have it, as keywords of mlcroissant's Source."""
    kind, shape = data_type(feature)
    is_picture, is_address = kind == "IMAGE_OBJECT", record_set_name.startswith(f"{ANIMATED}/")
    meaning = animated.MEANINGS[column] if is_address else meaning_of(column)
    if is_picture and is_address:
        kind = "URL"  # of a file in the repo
    words = f"; {' x '.join(map(str, feature['shape']))} {feature['dtype']}" if "shape" in feature else ""
    part = [mlc.Transform(ctx=context, json_path="path" if is_address else "bytes")] if is_picture else []
    return mlc.Field(
        ctx=context,
        id=f"{record_set_name}/{column}",
        name=column,
        description=f"{meaning}{words}.",
        data_types=[getattr(mlc.DataType, kind)],
        is_array=bool(shape) or None,
        array_shape=shape,
        repeated=True if shape and kind == "IMAGE_OBJECT" else None,
        source=mlc.Source(ctx=context, **source, extract=mlc.Extract(ctx=context, column=column), transforms=part),
    )


def data_type(feature: dict[str, Any]) -> tuple[str, str | None]:
    """(name of the type in mlcroissant's DataType, shape of a cell that holds many as "20,64,64", or None)."""
    kind = feature["_type"]
    if kind == "Sequence":
        return data_type(feature["feature"])[0], "-1"  # features do not say how long lists are
    if kind == "Image":
        return "IMAGE_OBJECT", None
    if kind == "ClassLabel":
        return "INTEGER", None
    if feature["dtype"] == "string":
        return "TEXT", None
    shape = ",".join(map(str, feature["shape"])) if "shape" in feature else None
    return "FLOAT" if "float" in feature["dtype"] else "INTEGER", shape
