"""Rows as Arrow tables that every version of datasets reads.

The features are written into the schema in the oldest spelling, "Sequence": datasets below 4 refuses "List", newer
versions read both.
"""

import json
from typing import Any

import datasets
import pyarrow as pa

from .nested import nested


def schema(features: dict[str, Any]) -> pa.Schema:
    """Arrow schema of features, which it carries for datasets. features: dict, as datasets writes them to JSON."""
    metadata = {"huggingface": json.dumps({"info": {"features": features}})}
    return datasets.Features.from_dict(features).arrow_schema.with_metadata(metadata)


def arrow_table(columns: dict[str, Any], schema: pa.Schema) -> pa.Table:
    """Arrow columns by name -> Table of that schema, whose types may be extensions of the columns' own."""
    return pa.table([as_type(columns[field.name], field.type) for field in schema], schema=schema)


def as_type(column, kind):
    """A column as the extension type that datasets has for arrays, if it is to be one."""
    return pa.ExtensionArray.from_storage(kind, column) if isinstance(kind, pa.ExtensionType) else column


def arrow_column(values: Any) -> pa.Array:
    """The values of one column, as `Column.of` gives them -> Arrow array of n rows."""
    return pa.array(values, pa.string()) if isinstance(values, list) else nested(values)
