"""data/ -> croissant.json, a description of the dataset that other tools than datasets read.

The Hub makes one by itself, without the arrays, citation, version, dates and hashes of this one. Ours has one
FileObject and one RecordSet for each Parquet file: with a hash of its own, a file can be verified and read without a
copy of the whole repo. Without a repo, `contentUrl` is a path beside `data`. Reading what was rendered for a repo from local files
takes `mapping`, from the ids of files to local paths:

    mlcroissant.Dataset("croissant.json").records("two_digits_arrays/train")

Croissant 1.0 knows lists, but no arrays of more axes. Those are `repeated` fields here, whose values are lists of
lists; their shapes are in the descriptions. mlcroissant reads them number by number, 82,000 a row: it suits a look at
some rows. To train, use datasets.
"""

import json

from moving_mnist import CITATION, HOMEPAGE, VERSION

from ..checks import InputError
from ..rows.columns import meaning_of
from .card import DESCRIPTION, STATIC_KEYS

DATE_PUBLISHED = "2026-11-22"  # of VERSION
LICENSE_URL = "https://creativecommons.org/licenses/by-sa/3.0/"  # STATIC_KEYS["license"]
CREATORS = ("Nitish Srivastava", "Elman Mansimov", "Ruslan Salakhutdinov")
SAME_AS = [HOMEPAGE, "https://www.tensorflow.org/datasets/catalog/moving_mnist"]
PARQUET = "application/x-parquet"


def render_croissant(configs, hashes, repo_id=None, branch="main"):
    """croissant.json of the Parquet files of all configs.

    Args:
        configs: what `facts.some_configs` returns.
        hashes: {path of a file in the repo, as `file_id` gives it: its sha256, 64 digits}.
        repo_id: "user/name" on the Hub, where the files then are; None, beside croissant.json.
        branch: of that repo.

    Raises:
        InputError: mlcroissant is not installed.
    """
    try:
        import mlcroissant
    except ImportError:
        raise InputError('publishing needs mlcroissant: pip install "moving-mnist[publishing]"') from None
    page = f"https://huggingface.co/datasets/{repo_id}"
    base = f"{page}/resolve/{branch}/" if repo_id else ""
    context = mlcroissant.Context()
    shards = [(config, shard) for config in configs for shard in config.shards]
    metadata = mlcroissant.Metadata(
        ctx=context,
        name="moving_mnist",
        description=DESCRIPTION,
        cite_as=CITATION,
        creators=[mlcroissant.Person(ctx=context, name=name) for name in CREATORS],
        date_published=DATE_PUBLISHED,
        keywords=STATIC_KEYS["tags"],
        license=[LICENSE_URL],
        same_as=SAME_AS,
        url=page if repo_id else HOMEPAGE,
        version=str(VERSION),
        distribution=[file_object(context, shard, hashes, base) for _, shard in shards],
        record_sets=[record_set(context, config, shard.path) for config, shard in shards],
    )
    return json.dumps(metadata.to_json(), indent=2, ensure_ascii=False) + "\n"


def file_object(context, shard, hashes, base):
    """One Parquet file, by its path in the repo."""
    from mlcroissant import FileObject

    name = file_id(shard.path)
    return FileObject(
        ctx=context,
        id=name,
        name=name,
        content_url=base + name,
        content_size=f"{shard.size} B",
        encoding_formats=[PARQUET],
        sha256=hashes[name],
    )


def file_id(path):
    """A file's path in the repo."""
    return f"data/{path.parent.name}/{path.name}"


def record_set(context, config, path):
    """The rows of one file: `two_digits/train`, or `two_digits/train-00001-of-00003` where a split has several."""
    from mlcroissant import RecordSet

    name = f"{config.name}/{path.stem.removesuffix('-00000-of-00001')}"
    return RecordSet(
        ctx=context,
        id=name,
        name=name,
        description=f"One record a sequence: config {config.name}, split {path.stem.split('-')[0]}.",
        fields=[field(context, name, column, feature, path) for column, feature in config.features.items()],
    )


def field(context, record_set_name, column, feature, path):
    """One column of a file."""
    from mlcroissant import DataType, Extract, Field, Source, Transform

    kind, repeated = data_type(feature)
    pictures = [Transform(ctx=context, json_path="bytes")] if kind == "IMAGE_OBJECT" else []
    shape = f"; {' x '.join(map(str, feature['shape']))} {feature['dtype']}" if "shape" in feature else ""
    return Field(
        ctx=context,
        id=f"{record_set_name}/{column}",
        name=column,
        description=f"{meaning_of(column)}{shape}.",
        data_types=[getattr(DataType, kind)],
        repeated=repeated or None,
        source=Source(
            ctx=context, file_object=file_id(path), extract=Extract(ctx=context, column=column), transforms=pictures
        ),
    )


def data_type(feature):
    """(name of the type in mlcroissant's DataType, whether a cell holds many of them)."""
    kind = feature["_type"]
    if kind == "Sequence":
        return data_type(feature["feature"])[0], True
    if kind == "Image":
        return "IMAGE_OBJECT", False
    if kind == "ClassLabel":
        return "INTEGER", False
    if feature["dtype"] == "string":
        return "TEXT", False
    return "FLOAT" if "float" in feature["dtype"] else "INTEGER", "shape" in feature
