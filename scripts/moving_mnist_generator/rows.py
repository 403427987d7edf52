"""Sequences -> Arrow rows that every version of datasets reads.

The features are written into the schema in the oldest spelling, "Sequence": datasets below 4 refuses
"List", newer ones read both.
"""

import io
import json

import datasets
import numpy as np
import pyarrow as pa
from PIL import Image

from .annotate import captions

LAYOUTS = ("frames", "arrays")  # a list of images, or Array3D
IMAGE = pa.struct({"bytes": pa.binary(), "path": pa.string()})


def picture_features(layout, num_frames, frame_size):
    """Feature of `image_sequence`, as datasets writes it to JSON."""
    if layout == "frames":
        return {"image_sequence": {"feature": {"_type": "Image"}, "_type": "Sequence"}}
    return {"image_sequence": {"shape": [num_frames, *frame_size], "dtype": "uint8", "_type": "Array3D"}}


def annotation_features(num_digits, num_frames, class_names):
    """Features of the annotation columns, as datasets writes them to JSON."""
    value = {"_type": "Value"}
    return {
        "sequence_id": {"dtype": "int64", **value},
        "labels": {"feature": {"names": list(class_names), "_type": "ClassLabel"}, "_type": "Sequence"},
        "digit_ids": {"feature": {"dtype": "int32", **value}, "_type": "Sequence"},
        "positions": {"shape": [num_digits, num_frames, 2], "dtype": "int16", "_type": "Array3D"},
        "velocities": {"shape": [num_digits, 2], "dtype": "float32", "_type": "Array2D"},
        "caption": {"dtype": "string", **value},
    }


def schema(features):
    """Arrow schema of these features, which it carries for datasets."""
    metadata = {"huggingface": json.dumps({"info": {"features": features}})}
    return datasets.Features.from_dict(features).arrow_schema.with_metadata(metadata)


def table(columns, schema):
    """Columns by name -> Table of that schema, whose types may be extensions of the columns' own."""
    return pa.table([as_type(columns[field.name], field.type) for field in schema], schema=schema)


def as_type(column, kind):
    """The column as the extension type that datasets has for arrays, where it is to be one."""
    return pa.ExtensionArray.from_storage(kind, column) if isinstance(kind, pa.ExtensionType) else column


def picture_column(frames, layout):
    """(n, t, H, W) uint8 -> the `image_sequence` column of n rows."""
    return nested(frames) if layout == "arrays" else pictures(frames)


def annotation_columns(sequences, class_names):
    """The annotation columns of Sequences, by name."""
    return {
        "sequence_id": pa.array(sequences.sequence_id),
        "labels": nested(sequences.labels.astype(np.int64)),
        "digit_ids": nested(sequences.digit_ids),
        "positions": nested(sequences.positions),
        "velocities": nested(sequences.velocities),
        "caption": pa.array(captions(sequences.labels, class_names), pa.string()),
    }


def nested(array):
    """(n, a, b, ...) array -> n rows of lists of lists, without a copy of its values."""
    values = pa.array(np.ascontiguousarray(array).reshape(-1))
    for length in reversed(array.shape[1:]):
        offsets = np.arange(0, len(values) + 1, length, dtype=np.int32)
        values = pa.ListArray.from_arrays(pa.array(offsets), values)
    return values


def pictures(frames):
    """(n, t, H, W) uint8 -> n rows of lists of t PNG files."""
    n, t = frames.shape[:2]
    files = pa.array([png(frame) for sequence in frames for frame in sequence], pa.binary())
    images = pa.StructArray.from_arrays([files, pa.nulls(n * t, pa.string())], fields=list(IMAGE))
    return pa.ListArray.from_arrays(pa.array(np.arange(0, n * t + 1, t, dtype=np.int32)), images)


def png(frame):
    """(H, W) uint8 -> the bytes of a PNG, mode L.

    Run-length matching suits pictures that are mostly black: a third faster than Pillow's default, and smaller.
    """
    file = io.BytesIO()
    Image.fromarray(frame).save(file, "PNG", compress_type=3)
    return file.getvalue()
