"""What was published, read back from the Hub by its card and names, and compared.

Not by a stream of datasets: at the end of the process, a thread of Arrow's pool may still drop the last reference to a
batch of arrays, whose extension type is a Python object, and abort the process. Here no file is read by other threads.

Nothing is read from the user's caches, and nothing is written there: they may be full, or read-only.
"""

import contextlib
from collections.abc import Iterator, Sequence

import datasets
from huggingface_hub import HfFileSystem, constants
from tqdm import tqdm

from ..common.checks import InputError
from ..common.refusals import PARQUET, is_damage
from ..files.footers import ShardFile
from ..running.partial import temporary_folder
from ..stores.network import is_of_network
from .verify import rows_and_frames


@contextlib.contextmanager
def caches_of_its_own() -> Iterator[None]:
    """Within this context, card and sizes of a dataset pass through a temporary folder, not the user's caches.

    datasets has no argument for it: the card goes to the cache of huggingface_hub, whatever `cache_dir` is.
    """
    users = constants.HF_HUB_CACHE, datasets.config.HF_DATASETS_CACHE
    with temporary_folder("caches") as folder:
        constants.HF_HUB_CACHE, datasets.config.HF_DATASETS_CACHE = f"{folder}/hub", f"{folder}/datasets"
        try:
            yield
        finally:
            constants.HF_HUB_CACHE, datasets.config.HF_DATASETS_CACHE = users


@contextlib.contextmanager
def said_to_be_published(place: str) -> Iterator[None]:
    """An error of this machine, such as a full disk, comes after the commit: say that it is there."""
    try:
        yield
    except OSError as error:
        if is_of_network(error):
            raise
        raise OSError(f"{place} is published, and cannot be read back here: {error}") from error


def read_back(
    repo_id: str, config: str, split: str, shards: Sequence[ShardFile], revision: str, token: str | None
) -> None:
    """Find the files of a split as `load_dataset` does, and compare the first one with ours, frame by frame.

    The Hub's hashes of the other files have been compared with ours: they are the same bytes, footers included. What
    is left to show is that the card and the names make this split of them.

    Args:
        shards: tuple of the ShardFiles of the whole split.

    Raises:
        InputError: the split has other files, sizes, features or frames than ours.
    """
    published = f"{repo_id} at {revision} is published, but {config} {split}"
    builder = datasets.load_dataset_builder(repo_id, config, revision=revision, token=token)
    if builder.info.splits is None:  # datasets takes a card that does not arrive in time for none
        raise ConnectionError(f"the card of {repo_id} did not arrive")
    urls, size = builder.config.data_files.get(split, []), builder.info.splits[split].num_examples
    names, wanted = [url.rpartition("/")[2] for url in urls], [shard.path.name for shard in shards]
    if names != wanted:
        raise InputError(f"{published} consists of {len(names)} files there, not of the {len(wanted)} of ours")
    if size != (ours := sum(shard.rows for shard in shards)):
        raise InputError(f"{published} has {size:,} sequences by its card, not the {ours:,} of ours")
    first = shards[0]
    if builder.info.features != datasets.Features.from_dict(first.features):
        raise InputError(f"{published} has other features by its card than {first.path}")
    try:
        with (
            HfFileSystem(token=token).open(urls[0]) as file,
            tqdm(total=first.rows, unit=" sequences", disable=None, leave=False) as progress,
        ):
            rows, digest = rows_and_frames(file, first, progress.update)
    except Exception as error:
        if is_of_network(error) or not is_damage(error, PARQUET):
            raise
        raise InputError(f"{published} reads back damaged: {first.path} differs: {error}") from error
    if rows != first.rows:
        raise InputError(f"{published} reads back {rows:,} of {first.rows:,} sequences of {first.path}")
    if digest != first.recipe["frames_sha256"]:
        raise InputError(f"{published} reads back other frames of {first.path}")
