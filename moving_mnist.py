"""The authors' Moving MNIST test file as a Hugging Face dataset: 10,000 sequences, as images or as arrays.

    from moving_mnist import MovingMnist

    builder = MovingMnist("arrays")                  # or "default": lists of images
    builder.download_and_prepare()
    sequences = builder.as_dataset("test")

With datasets < 4 this file is also a loading script, so it imports the standard library, numpy and datasets,
nothing else. It makes no sequences of its own: for training and validation data see `moving_mnist_generator`.
One letter an axis: n sequences, t frames, h w pixels.
"""

import dataclasses
import hashlib
import math
import os
import re
import struct

import datasets
import numpy as np

URL = "http://www.cs.toronto.edu/~nitish/unsupervised_video/mnist_test_seq.npy"
SHA256 = "c2a3e8d3939c001ab77bf543f130157424efa486bb4d0974d2cebb773b13f8b3"  # of the whole file
NUM_SEQUENCES = 10_000
NUM_FRAMES = 20
FRAME_SIZE = (64, 64)  # h, w, pixels

VERSION = datasets.Version("1.0.0", "New split API (https://tensorflow.org/datasets/splits)")
HOMEPAGE = "http://www.cs.toronto.edu/~nitish/unsupervised_video/"
LICENSE = (
    "The authors state no licence for the file. "
    "The digits in it come from MNIST, which is widely quoted as being under CC BY-SA 3.0."
)
DESCRIPTION = (
    "Moving variant of MNIST database of handwritten digits. "
    "This is the data used by the authors for reporting model performance. "
    "See `moving_mnist_generator.image_as_moving_sequence` for generating training/validation data "
    "from the MNIST dataset."
)
CITATION = """\
@article{DBLP:journals/corr/SrivastavaMS15,
  author    = {Nitish Srivastava and
               Elman Mansimov and
               Ruslan Salakhutdinov},
  title     = {Unsupervised Learning of Video Representations using LSTMs},
  journal   = {CoRR},
  volume    = {abs/1502.04681},
  year      = {2015},
  url       = {http://arxiv.org/abs/1502.04681},
  archivePrefix = {arXiv},
  eprint    = {1502.04681},
  timestamp = {Mon, 13 Aug 2018 16:47:05 +0200},
  biburl    = {https://dblp.org/rec/bib/journals/corr/SrivastavaMS15},
  bibsource = {dblp computer science bibliography, https://dblp.org}
}"""

SEQUENCES_PER_READ = 250  # 20 MB of frames at a time; 40 ranges of the authors' file to share among processes
BYTES_PER_HASH_UPDATE = 4 << 20
UNVERIFIED = "unverified"  # sha256=None in a config: datasets leaves out config arguments that are None


def fetch(source=URL, sha256=SHA256, dl_manager=None):
    """Find or download the npy file at `source` and verify it, as the builder does before it makes a row.

    Args:
        source: URL, or local path (`~` is expanded).
        sha256: 64 hexadecimal digits; None accepts any file of the authors' layout.
        dl_manager: a `datasets.DownloadManager`; without one, the download goes to datasets' usual cache.

    Returns:
        (local path, sha256 under which the file was accepted: see `verify`).

    Raises:
        FileNotFoundError: there is no local file.
        ConnectionError: the download failed.
        ValueError: see `verify`. A download is then removed from the cache, so that the next try starts anew.
    """
    source, sha256 = _locate(source), _parse_sha256(sha256)
    if _is_url(source):
        return _fetch_url(source, sha256, dl_manager or _download_manager())
    if not os.path.isfile(source):
        raise FileNotFoundError(f"{source}: no such file; source= is a path or URL of mnist_test_seq.npy")
    return source, verify(source, sha256)


def verify(path, sha256=SHA256):
    """The sha256 under which the npy file at `path` is accepted: 64 hexadecimal digits.

    The layout is checked first: uint8 (t, n, h, w) = (20, n, 64, 64), and neither fewer nor more bytes.
    A copy saved again by a newer numpy has a longer header, so another hash: it is accepted, and `sha256`
    returned, if its frames behind the authors' 96-byte header have that hash. With `sha256=None` any file of
    this layout is accepted, and its own hash returned.

    Raises:
        ValueError: the layout or the hash is another. One line with the rule, the value and what to do.
    """
    expected = _parse_sha256(sha256)
    shape, in_c_order, header_size = _read_layout(path)
    actual = _hash(path)
    if expected in (None, actual):
        return actual
    # Only in C order do the bytes behind the header lie as the authors' do.
    if in_c_order and _hash(path, _authors_header(shape), header_size) == expected:
        return expected
    raise ValueError(
        f"{path}: sha256 must be {expected}, got {actual}; "
        f"to read this very file give sha256='{actual}', to read any give sha256=None"
    )


def num_sequences(path):
    """n, the number of sequences in the npy file at `path`; ValueError unless it has the authors' layout."""
    (_, n, _, _), _, _ = _read_layout(path)
    return n


def read_sequences(path, start, stop):
    """Sequences start to stop - 1 of the npy file at `path`, in the file's order.

    Returns:
        (n, t, h, w) uint8, 0 black to 255 white. The file is (t, n, h, w): it is turned here, nowhere else.

    Raises:
        ValueError: unless 0 <= start <= stop <= number of sequences in the file.
    """
    # Pages read through a map count as this process's memory until the map is gone: one map for all ranges
    # would grow to the size of the file. So each range has its own, and is copied out of it.
    # Not np.load: datasets puts its own, which cannot map, into the module of a builder.
    frames = np.lib.format.open_memmap(path, mode="r")
    n = frames.shape[1]
    if not 0 <= start <= stop <= n:
        raise ValueError(f"{path}: must be 0 <= start <= stop <= {n} sequences, got {start} and {stop}")
    return np.array(frames[:, start:stop].swapaxes(0, 1), order="C")


def _locate(source):
    """`source` as URL or absolute local path: a relative one means another file in another folder."""
    # A file:// taken for a URL would have a user's own file pass for a download, to be removed if it is bad.
    source = re.sub("^(file|local)://", "", os.fspath(source))
    return source if _is_url(source) else os.path.abspath(os.path.expanduser(source))


def _is_url(source):
    return "://" in source


def _fetch_url(url, sha256, dl_manager):
    path = _download(url, dl_manager)
    try:
        return path, verify(path, sha256)
    except ValueError as error:
        for leftover in (path, path + ".json"):  # the .lock stays: someone may be waiting on it
            if os.path.exists(leftover):
                os.remove(leftover)
        raise ValueError(f"{error} (downloaded from {url}; removed, the next try starts anew)") from None


def _download_manager(download_config=None):
    """A manager for datasets' download cache, with the file names that builders use there: without ETag."""
    download_config = download_config.copy() if download_config else datasets.DownloadConfig()
    download_config.use_etag = False
    return datasets.DownloadManager(download_config=download_config, record_checksums=False)


def _download(url, dl_manager):
    if url.startswith(("http://", "https://")):
        _allow_long_downloads(dl_manager.download_config)
    try:
        return str(dl_manager.download(url))
    except Exception as error:  # each protocol has its own: aiohttp's, fsspec's, OSError
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        raise ConnectionError(
            f"{url}: download failed ({reason}); get the file some other way and give its path as source="
        ) from error


def _allow_long_downloads(download_config):
    """Wait as long as bytes come. aiohttp would stop after 5 minutes: 819 MB need 22 Mbit/s to be in time."""
    try:
        import aiohttp
    except ImportError:  # this datasets needs none, or will say so when it downloads
        return
    timeout = aiohttp.ClientTimeout(total=None, sock_connect=30, sock_read=60)  # seconds
    options = download_config.storage_options
    client_kwargs = {"timeout": timeout, **options.get("client_kwargs", {})}
    download_config.storage_options = {**options, "client_kwargs": client_kwargs}


def _parse_sha256(sha256):
    if sha256 is None:
        return None
    if not re.fullmatch("[0-9a-fA-F]{64}", str(sha256)):
        raise ValueError(f"sha256 must be 64 hexadecimal digits, or None to verify nothing, got {sha256!r}")
    return sha256.lower()


def _read_layout(path):
    """((t, n, h, w), whether in C order, bytes of header) of the npy file at `path`, or ValueError."""
    with open(path, "rb") as file:
        shape, in_fortran_order, dtype = _read_header(file, path)
        header_size = file.tell()
    if dtype != np.uint8:
        raise ValueError(f"{path}: dtype must be uint8, got {dtype}; save the frames as uint8, 0 to 255")
    if len(shape) != 4 or shape[:1] + shape[2:] != (NUM_FRAMES, *FRAME_SIZE) or shape[1] < 1:
        layout = f"({NUM_FRAMES}, n, {FRAME_SIZE[0]}, {FRAME_SIZE[1]}) with n >= 1"
        raise ValueError(f"{path}: shape must be {layout}, got {shape}; save (frame, sequence, row, column)")
    expected, actual = header_size + math.prod(shape), os.path.getsize(path)
    if actual != expected:
        rule = f"size must be {expected:,} bytes for shape {shape}"
        raise ValueError(f"{path}: {rule}, got {actual:,}; get the file anew")
    return shape, not in_fortran_order, header_size


def _read_header(file, path):
    """(shape, whether in Fortran order, dtype) that an open npy file declares. Nothing is ever unpickled."""
    readers = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
    try:
        return readers[np.lib.format.read_magic(file)](file)
    except Exception:  # numpy parses a header as Python: ValueError, SyntaxError, TokenError and more
        file.seek(0)
        rule = "must be an npy file of version 1.0 or 2.0"
        raise ValueError(f"{path}: {rule}, got one that begins with {file.read(16)!r}; get it anew") from None


def _hash(path, header=b"", start=0):
    """sha256 of `header` and the file's bytes from `start` on. Python 3.10 has no hashlib.file_digest."""
    digest = hashlib.sha256(header)
    with open(path, "rb") as file:
        file.seek(start)
        for chunk in iter(lambda: file.read(BYTES_PER_HASH_UPDATE), b""):
            digest.update(chunk)
    return digest.hexdigest()


def _authors_header(shape):
    """The 96 bytes before the frames in the authors' file, as its numpy filled them up."""
    text = f"{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}, }}".ljust(85) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text.encode("latin1")


@dataclasses.dataclass
class MovingMnistConfig(datasets.BuilderConfig):
    """`source`: URL or local path of the npy file. `sha256`: 64 hexadecimal digits, or UNVERIFIED."""

    source: str = URL
    sha256: str = SHA256

    def create_config_id(self, config_kwargs, custom_features=None):
        # The id names the cache directory. With the size and date of an unverified file in it, a file that
        # changes gets rows of its own, instead of those of the file that was there before.
        if self.sha256 == UNVERIFIED and not _is_url(self.source) and os.path.isfile(self.source):
            status = os.stat(self.source)
            config_kwargs = {**config_kwargs, "size": status.st_size, "mtime_ns": status.st_mtime_ns}
        return super().create_config_id(config_kwargs, custom_features)


class MovingMnist(datasets.GeneratorBasedBuilder):
    """Split `test`: the authors' sequences, in the file's order, in one column `image_sequence`.

    Config `default` has a list of 20 PNG images (64x64, mode L), `arrays` an Array3D (20, 64, 64) uint8.
    """

    VERSION = VERSION
    BUILDER_CONFIG_CLASS = MovingMnistConfig
    BUILDER_CONFIGS = [
        MovingMnistConfig(name="default", version=VERSION, description="A sequence is a list of 20 images."),
        MovingMnistConfig(name="arrays", version=VERSION, description="A sequence is a (20, 64, 64) array."),
    ]
    DEFAULT_CONFIG_NAME = "default"
    DEFAULT_WRITER_BATCH_SIZE = 100  # rows; with datasets' 1,000 arrays take twice the memory and time

    def __init__(self, config_name=None, cache_dir=None, **kwargs):
        """`config_name`: default or arrays. `source=`, `sha256=`: see `fetch`. All else is datasets' own."""
        if kwargs.get("source") is not None:
            kwargs["source"] = _locate(kwargs["source"])
        if "sha256" in kwargs:
            kwargs["sha256"] = _parse_sha256(kwargs["sha256"]) or UNVERIFIED
        config_name = config_name or self.DEFAULT_CONFIG_NAME
        super().__init__(config_name=config_name, cache_dir=cache_dir, **kwargs)

    def get_exported_dataset_info(self):
        # datasets < 4 would start from the README.md beside a script and insist on its splits. Ours describes
        # the published data, which has train and validation too.
        return datasets.DatasetInfo()

    def _info(self):
        column = datasets.Array3D((NUM_FRAMES, *FRAME_SIZE), "uint8")
        if self.config.name == "default":
            column = datasets.Sequence(datasets.Image())
        return datasets.DatasetInfo(
            description=DESCRIPTION,
            features=datasets.Features({"image_sequence": column}),
            homepage=HOMEPAGE,
            citation=CITATION,
            license=LICENSE,
        )

    def _split_generators(self, dl_manager):
        if dl_manager.is_streaming:
            # Only a whole file can be verified: streaming too downloads it first, to where a build would.
            dl_manager = _download_manager(dl_manager.download_config)
            dl_manager.download_config.cache_dir = self._cache_downloaded_dir
        sha256 = None if self.config.sha256 == UNVERIFIED else self.config.sha256
        path, _ = fetch(self.config.source, sha256, dl_manager)
        n = num_sequences(path)
        ranges = [(start, min(start + SEQUENCES_PER_READ, n)) for start in range(0, n, SEQUENCES_PER_READ)]
        # A list is what datasets shares out, in order, among num_proc processes.
        return [datasets.SplitGenerator(datasets.Split.TEST, gen_kwargs={"path": path, "ranges": ranges})]

    def _generate_examples(self, path, ranges):
        for start, stop in ranges:
            for index, sequence in enumerate(read_sequences(path, start, stop), start):
                yield index, {"image_sequence": self._encode(sequence)}

    def _encode(self, sequence):
        if self.config.name == "arrays":
            return sequence
        # One by one: as a list of arrays they would become int32 TIFF images, 16 times as large.
        return [datasets.Image().encode_example(frame) for frame in sequence]
