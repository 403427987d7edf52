"""data/ -> croissant.json, a description of the dataset that other tools than datasets read.

The Hub makes one by itself, without the arrays, citation, version, dates and hashes of this one. Ours has
one FileObject and one RecordSet for each Parquet file: with a hash of its own, a file can be verified and
read without a copy of the whole repo. Reading from a folder takes what is rendered without a repo, beside its
`data`; reading what was rendered for a repo takes `mapping`, from the ids of files to local paths:

    mlcroissant.Dataset("croissant.json").records("two_digits_arrays/train")

Croissant 1.0 knows lists, but no arrays of more axes. Those are `repeated` fields here, whose values are
lists of lists; their shapes are in the descriptions. mlcroissant reads them number by number, 82,000 a row,
so it suits a look at some rows: to train, use datasets.
"""

import json

from moving_mnist import CITATION, HOMEPAGE, VERSION

from ..rows.columns import meaning_of
from .card import DESCRIPTION, STATIC_KEYS

DATE_PUBLISHED = "2026-11-22"  # of VERSION
LICENSE_URL = "https://creativecommons.org/licenses/by-sa/3.0/"  # STATIC_KEYS["license"]
CREATORS = ("Nitish Srivastava", "Elman Mansimov", "Ruslan Salakhutdinov")
SAME_AS = [HOMEPAGE, "https://www.tensorflow.org/datasets/catalog/moving_mnist"]
PARQUET = "application/x-parquet"

TERMS = (
    "citeAs", "column", "equivalentProperty", "extract", "field", "fileObject", "fileProperty", "fileSet", "format",
    "includes", "isLiveDataset", "jsonPath", "key", "md5", "parentField", "path", "recordSet", "references", "regex",
    "repeated", "replace", "samplingRate", "separator", "source", "subField", "transform",
)  # fmt: skip
CONTEXT = {  # as mlcroissant writes it for 1.0
    "@language": "en",
    "@vocab": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "dct": "http://purl.org/dc/terms/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "sc": "https://schema.org/",
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    **{term: f"cr:{term}" for term in TERMS},
}


def render_croissant(configs, hashes, repo_id=None):
    """croissant.json of the Parquet files of all configs.

    Args:
        configs: what `facts.some_configs` returns.
        hashes: {path of a file in the repo, as `file_id` tells it: its sha256, 64 digits}.
        repo_id: "user/name" on the Hub, where the files are then said to be; None, beside croissant.json.
    """
    page = f"https://huggingface.co/datasets/{repo_id}"
    files, record_sets = [], []
    for config in configs:
        for shard in config.shards:
            files.append(file_object(shard, hashes, f"{page}/resolve/main/" if repo_id else ""))
            record_sets.append(record_set(config, shard.path))
    description = {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "name": "moving_mnist",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "description": DESCRIPTION,
        "citeAs": CITATION,
        "creator": [{"@type": "sc:Person", "name": name} for name in CREATORS],
        "datePublished": DATE_PUBLISHED,
        "keywords": STATIC_KEYS["tags"],
        "license": LICENSE_URL,
        "sameAs": SAME_AS,
        "url": page if repo_id else HOMEPAGE,
        "version": str(VERSION),
        "distribution": files,
        "recordSet": record_sets,
    }
    return json.dumps(description, indent=2, ensure_ascii=False) + "\n"


def file_object(shard, hashes, base):
    """One Parquet file, by its path in the repo."""
    name = file_id(shard.path)
    return {
        "@type": "cr:FileObject",
        "@id": name,
        "name": name,
        "contentUrl": base + name,
        "contentSize": f"{shard.size} B",
        "encodingFormat": PARQUET,
        "sha256": hashes[name],
    }


def file_id(path):
    """A file's path in the repo."""
    return f"data/{path.parent.name}/{path.name}"


def record_set(config, path):
    """The rows of one file: `two_digits/train`, or `two_digits/train-00001-of-00003` where a split has several."""
    name = f"{config.name}/{path.stem.removesuffix('-00000-of-00001')}"
    return {
        "@type": "cr:RecordSet",
        "@id": name,
        "name": name,
        "description": f"One record a sequence: config {config.name}, split {path.stem.split('-')[0]}.",
        "field": [field(f"{name}/{column}", column, config.features[column], path) for column in config.features],
    }


def field(name, column, feature, path):
    """One column of a file."""
    kind, repeated = data_type(feature)
    extract = {"fileObject": {"@id": file_id(path)}, "extract": {"column": column}}
    pictures = {"transform": {"jsonPath": "bytes"}} if kind == "sc:ImageObject" else {}
    shape = f"; {' x '.join(map(str, feature['shape']))} {feature['dtype']}" if "shape" in feature else ""
    return {
        "@type": "cr:Field",
        "@id": name,
        "name": column,
        "description": f"{meaning_of(column)}{shape}.",
        "dataType": kind,
        **({"repeated": True} if repeated else {}),
        "source": {**extract, **pictures},
    }


def data_type(feature):
    """(type in Croissant's words, whether a cell holds many of them)."""
    kind = feature["_type"]
    if kind == "Sequence":
        return data_type(feature["feature"])[0], True
    if kind == "Image":
        return "sc:ImageObject", False
    if kind == "ClassLabel":
        return "sc:Integer", False
    if feature["dtype"] == "string":
        return "sc:Text", False
    return "sc:Float" if "float" in feature["dtype"] else "sc:Integer", "shape" in feature
