"""Parquet files of sequences, on this machine or in a store: which there are, and their rows, a few at a time."""

from ..common.checks import InputError
from ..common.names import are_whole


def files_in_store(name, split):
    """The Parquet files of a split at a URL, which names a folder or one file."""
    from ..stores.paths import parquet_files, reach

    place = reach(name)
    if place.suffix == ".parquet":
        return [place]
    files = [file for file in parquet_files(place) if file.name.startswith(f"{split}-")]
    check_files(name, split, files)
    return files


def check_files(name, split, files):
    """Refuse a folder or URL without files of a split, or with some of them only."""
    if not files:
        raise InputError(f"{name} must hold {split}-*.parquet, and holds no such file")
    if not are_whole([file.name for file in files], split):
        raise InputError(f"{name} must hold every file of its {split} split, once; it holds {len(files)}")


def tables_of(file, footer, first, size):
    """Yields Arrow tables of at most `size` rows, from row `first` of a file on. Row groups before it are not read."""
    import pyarrow as pa

    from ..files.footers import batches

    skipped, groups = from_row(footer, first)
    for batch in batches(file, size, groups):
        if skipped < len(batch):
            yield pa.Table.from_batches([batch[skipped:]])
        skipped = max(0, skipped - len(batch))


def from_row(footer, first):
    """Where row `first` of a file is: (rows to skip, row groups to read from there on)."""
    group = 0
    while first >= footer.row_group(group).num_rows:
        first -= footer.row_group(group).num_rows
        group += 1
    return first, list(range(group, footer.num_row_groups))
