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

from ..appearance import COLOURS
from .captions import captions

LAYOUTS = ("frames", "arrays")  # a list of images, or Array3D
IMAGE = pa.struct({"bytes": pa.binary(), "path": pa.string()})


def picture_features(layout, num_frames, frame_shape):
    """Feature of `image_sequence`, as datasets writes it to JSON; frame_shape is (H, W) or (H, W, 3)."""
    if layout == "frames":
        return {"image_sequence": {"feature": {"_type": "Image"}, "_type": "Sequence"}}
    return {"image_sequence": array_feature((num_frames, *frame_shape), "uint8")}


def annotation_features(variant, class_names):
    """Features of a variant's annotation columns, as datasets writes them to JSON."""
    k, t = variant.num_digits, variant.num_frames
    features = {
        "sequence_id": {"dtype": "int64", "_type": "Value"},
        "labels": class_labels(class_names),
        "digit_ids": {"feature": {"dtype": "int32", "_type": "Value"}, "_type": "Sequence"},
        "positions": array_feature((k, t, 2), "int16"),
        "velocities": array_feature((k, 2), "float32"),
    }
    number = {"dtype": "float32", "_type": "Value"}
    if variant.rotation is not None:
        features["rotations"] = {"feature": number, "_type": "Sequence"}
    if variant.scale is not None:
        features["scalings"] = {"feature": number, "_type": "Sequence"}
    if variant.brightness is not None:
        features["fadings"] = number
    if variant.colour:
        features["colours"] = class_labels(COLOURS)
    if variant.num_occluders:
        features["occluders"] = array_feature((variant.num_occluders, 4), "int16")
    return features | {"caption": {"dtype": "string", "_type": "Value"}}


def array_feature(shape, dtype):
    """Array2D, Array3D or Array4D."""
    return {"shape": list(shape), "dtype": dtype, "_type": f"Array{len(shape)}D"}


def class_labels(names):
    """A list of ClassLabel."""
    return {"feature": {"names": list(names), "_type": "ClassLabel"}, "_type": "Sequence"}


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
    """(n, t, H, W[, 3]) uint8 -> the `image_sequence` column of n rows."""
    return nested(frames) if layout == "arrays" else pictures(frames)


def annotation_columns(sequences, class_names):
    """The annotation columns of Sequences, by name."""
    columns = {
        "sequence_id": pa.array(sequences.sequence_id),
        "labels": nested(sequences.labels.astype(np.int64)),
        "digit_ids": nested(sequences.digit_ids),
        "positions": nested(sequences.positions),
        "velocities": nested(sequences.velocities),
        "caption": pa.array(captions(sequences, class_names), pa.string()),
    }
    for column in ("rotations", "scalings", "fadings", "occluders"):
        if getattr(sequences, column) is not None:
            columns[column] = nested(getattr(sequences, column))
    if sequences.colours is not None:
        columns["colours"] = nested(sequences.colours.astype(np.int64))
    return columns


def nested(array):
    """(n, a, b, ...) array -> n rows of lists of lists, without a copy of its values."""
    values = pa.array(np.ascontiguousarray(array).reshape(-1))
    for length in reversed(array.shape[1:]):
        offsets = np.arange(0, len(values) + 1, length, dtype=np.int32)
        values = pa.ListArray.from_arrays(pa.array(offsets), values)
    return values


def pictures(frames):
    """(n, t, H, W[, 3]) uint8 -> n rows of lists of t PNG files."""
    n, t = frames.shape[:2]
    files = pa.array([png(frame) for sequence in frames for frame in sequence], pa.binary())
    images = pa.StructArray.from_arrays([files, pa.nulls(n * t, pa.string())], fields=list(IMAGE))
    return pa.ListArray.from_arrays(pa.array(np.arange(0, n * t + 1, t, dtype=np.int32)), images)


def png(frame):
    """(H, W) or (H, W, 3) uint8 -> the bytes of a PNG, mode L or RGB.

    Run-length matching suits pictures that are mostly black: a third faster than Pillow's default, and smaller.
    """
    file = io.BytesIO()
    Image.fromarray(frame).save(file, "PNG", compress_type=3)
    return file.getvalue()
