"""Where true sequences come from: Parquet on this machine, a dataset on the Hub, the authors' npy, the generator.

n sequences, t frames, H W pixels.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from ..common.checks import InputError, one_of, path_or_name, plain_urls, whole_number
from ..common.names import FRAME_SIZE, NUM_FRAMES, SPLITS, split_in
from ..common.refusals import named
from ..core.sequences import generate
from ..core.variants import VARIANTS
from ..digits.loading import load_digits
from ..layouts import LAYOUTS
from ..truth.reading import from_rows
from .annotated import Annotated
from .decoding import check_grey, decode, num_frames_in
from .parquet import check_files, files_in_store, tables_of
from .urls import downloaded, is_downloaded

TOGETHER = 32  # sequences that are read at a time
HUB_ID = re.compile(r"[\w.-]+(/[\w.-]+)?(:\w+)?")
SUFFIXES = [layout.suffix for layout in LAYOUTS.values() if layout.suffix]


@dataclass(frozen=True, eq=False)
class Source:
    """Sequences that are read in order, a few at a time.

    name: str, as the caller gave it; split: str.
    num_sequences: int, or None where a dataset on the Hub does not say.
    shape: (t, H, W), or (t, H, W, 3) in colour.
    pieces: () -> iterator of (frames (m, t, H, W) uint8, in colour (m, t, H, W, 3); annotations: a function of nothing
        that returns Annotated).
    annotated: whether there are annotations.
    rows: first -> iterator of (frames, annotations, table) from row `first` on, where table is an Arrow table of all
        columns, or None if there are frames alone.
    features: {column: feature} as datasets writes them to JSON; empty if none are recorded.
    """

    name: str
    split: str
    num_sequences: int | None
    shape: tuple[int, int, int]
    pieces: Callable
    annotated: bool
    rows: Callable | None = None
    features: dict = field(default_factory=dict)


def open_source(name, split="test", *, in_colour=False):
    """The sequences of a split.

    Args:
        name: a folder of Parquet files such as data/two_digits, or one such file, in any layout; an npy file of
            the authors' layout (20, n, 64, 64); a URL of such a folder or Parquet file, for example
            hf://datasets/USER/NAME/data/two_digits; http(s)://HOST/PATH#sha256=HEX, a file that is downloaded once; or
            the id of a dataset on the Hub, USER/NAME or USER/NAME:CONFIG, which is streamed.
        split: "train", "validation" or "test"; an npy is test unless it is named mnist_train_seq.npy, for example.
        in_colour: accept coloured frames, too.

    Returns:
        Source.

    Raises:
        InputError: nothing of that name, a file of another kind or split, some files of a split but not all, frames in
            colour.
    """
    check_split(path_or_name("a source", name), one_of("split", split, SPLITS))
    if is_downloaded(name):
        return replace(open_source(downloaded(name), split, in_colour=in_colour), name=plain_urls(name))
    if "://" in str(name):
        return parquet_source(plain_urls(str(name)), split, files_in_store(name, split), in_colour)
    path = Path(name).expanduser()
    if path.suffix == ".npy":
        return authors_file(path, split)
    if path.is_dir():
        files = sorted(path.glob(f"{split}-*.parquet"))
        check_files(name, split, files)
        return parquet_source(name, split, files, in_colour)
    if path.is_file():
        return parquet_source(name, split, [path], in_colour)
    if path.suffix == ".parquet" or not HUB_ID.fullmatch(str(name)):
        raise InputError(f"{name} must be a folder, a file or a dataset id USER/NAME[:CONFIG], and is none of them")
    return hub_source(str(name), split, in_colour)


def check_split(name, split):
    """Refuse a file that by its name holds another split."""
    place = plain_urls(str(name))
    named = split_in(place.rpartition("/")[2]) or split
    if named != split:
        raise InputError(f"split must be {named} for {place}, not {split}")


def generated_source(variant, split, count, *, seed=0):
    """The first sequences of a variant's split, made while they are read."""

    def pieces():
        for first in range(0, count, TOGETHER):
            indices = range(first, min(first + TOGETHER, count))
            sequences = generate(variant, split, indices, seed=seed)
            yield sequences.frames, lambda sequences=sequences: Annotated(sequences, seed)

    variant = VARIANTS[variant] if isinstance(variant, str) else variant
    check_grey(variant.name, variant.frame_shape)
    return Source(variant.name, split, count, (variant.num_frames, *variant.frame_size), pieces, True)


def authors_file(path, split):
    """An npy file of the authors' layout."""
    import moving_mnist

    from ..files.authors import mistakes_of_the_caller

    if split != (split_in(path.name) or "test"):
        raise InputError(f"split must be test for {path}, whose name says of no other, not {split}")
    with mistakes_of_the_caller():
        file = moving_mnist.verify(path, None)
    count = file.num_sequences

    def rows(first):
        for start in range(first, count, TOGETHER):
            with mistakes_of_the_caller():
                frames = file.read(start, min(start + TOGETHER, count))
            yield frames, no_annotations, None

    return Source(str(path), split, count, (NUM_FRAMES, *FRAME_SIZE), pieces_of(rows), False, rows)


def pieces_of(rows):
    """What Source.pieces is, from Source.rows."""
    return lambda: ((frames, annotations) for frames, annotations, _ in rows(0))


def no_annotations():
    """What a source without annotations has."""
    return None


def parquet_source(name, split, files, in_colour):
    """Parquet files in their order."""
    from ..common.refusals import PARQUET, readable
    from ..files.footers import FEATURES_KEY, read_footer, recorded, variant_of

    footers = [read_footer(file)[0] for file in files]
    recipe, described = recorded(footers[0]), recorded(footers[0], FEATURES_KEY).get("info")
    with readable(files[0], PARQUET):
        names, variant = footers[0].schema.to_arrow_schema().names, variant_of(recipe)
    with named(files[0]):
        whole_number("seed", recipe.get("seed", 0))
    if recipe.get("split") in SPLITS and recipe["split"] != split:
        raise InputError(f"split must be {recipe['split']} for {files[0]}, which records it, not {split}")
    features = described.get("features", {}) if isinstance(described, dict) else {}
    if "image_sequence" not in names:
        raise InputError(f"{name} must have a column image_sequence, not {', '.join(names)!s:.200}")

    def tables(first):
        for file, footer in zip(files, footers, strict=True):
            if first < footer.num_rows:
                yield from tables_of(file, footer, first, TOGETHER)
            first = max(0, first - footer.num_rows)

    count = sum(footer.num_rows for footer in footers)
    return table_source(str(name), split, count, tables, variant, recipe, features, in_colour)


def hub_source(name, split, in_colour):
    """A dataset on the Hub, streamed."""
    import datasets

    from ..stores.network import TO_READ, errors_in_words, patiently

    repo_id, _, config = name.partition(":")
    with errors_in_words(name, advice=TO_READ):
        try:
            rows = patiently(datasets.load_dataset, repo_id, config or None, split=split, streaming=True)
        except ValueError as error:  # an unknown config or split
            raise InputError(f"{name}: {' '.join(str(error).split())}") from None
    if rows.column_names is not None and "image_sequence" not in rows.column_names:
        raise InputError(f"{name} must have a column image_sequence, not {', '.join(rows.column_names)}")
    splits = rows.info.splits or {}
    count = splits[split].num_examples if split in splits else None
    variant = VARIANTS.get(re.sub(f"({'|'.join(SUFFIXES)})$", "", config))

    def tables(first):
        with errors_in_words(name, advice=TO_READ):
            yield from (rows.skip(first) if first else rows).with_format("arrow").iter(batch_size=TOGETHER)

    features = rows.features.to_dict() if rows.features else {}
    return table_source(name, split, count or None, tables, variant, {}, features, in_colour)


def table_source(name, split, count, tables, variant, recipe, features, in_colour):
    """Arrow tables in their order, whose first gives the shape of all.

    tables: first -> iterator of tables from row `first` on; recipe: what the file records, or {}.
    """
    beginning = next(iter(tables(0)), None)
    if beginning is None or not len(beginning):
        raise InputError(f"{name} must hold at least one sequence in split {split}, and holds none")
    layout, steps = recorded_layout(recipe, variant), num_frames_in(features)
    shape = decode(name, beginning.slice(0, 1), variant, in_colour, layout, steps).shape[1:]
    annotated = variant is not None and "positions" in beginning.column_names

    def rows(first):
        for table in tables(first):
            frames = decode(name, table, variant, in_colour, layout, steps)
            if frames.shape[1:] != shape:
                raise InputError(f"{name}: all sequences must be {shape} as the first, not {frames.shape[1:]}")

            def annotations(table=table, frames=frames):
                columns = {column: plain_rows(table, column) for column in table.column_names if column != "caption"}
                with named(f"{name} must have the annotations of {variant.name}"):
                    check_digits(recipe)
                    sequences = from_rows({**columns, "image_sequence": frames}, variant, split)
                return Annotated(sequences, recipe.get("seed", 0))

            yield frames, annotations if annotated else no_annotations, table

    return Source(name, split, count, shape, pieces_of(rows), annotated, rows, features)


def plain_rows(table, column):
    """A column as Python lists."""
    from ..rows.nested import storage

    return storage(table.column(column)).to_pylist() if column != "image_sequence" else None


def check_digits(recipe):
    """Refuse rows that record other digits than the package brings: what they look like is not known."""
    known = load_digits().sha256
    if recipe.get("digits_sha256", known) != known:
        raise InputError(f"its digits must be those of this package, sha256 {known}, not {recipe['digits_sha256']}")


def recorded_layout(recipe, variant):
    """The Layout by which this generator wrote a file; None for files of others, or of another version."""
    readable = variant is not None or "variant" not in recipe  # the authors' file records no variant
    return LAYOUTS.get(str(recipe.get("layout"))) if readable else None
