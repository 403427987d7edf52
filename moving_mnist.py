"""The authors' Moving MNIST test file as a Hugging Face dataset: 10,000 sequences, as images or as arrays.

    from moving_mnist import MovingMnist
    builder = MovingMnist("arrays")  # or "default": lists of images
    builder.download_and_prepare()
    sequences = builder.as_dataset("test")

With datasets < 4 this file is also a loading script, so it imports only the standard library, numpy and datasets.
Training and validation data come from `moving_mnist_generator`. Axes: n sequences, t frames, h w pixels.
"""

import contextlib
import dataclasses
import hashlib
import io
import os
import re
import warnings

import datasets
import numpy as np

URL = "http://www.cs.toronto.edu/~nitish/unsupervised_video/mnist_test_seq.npy"
SHA256 = "c2a3e8d3939c001ab77bf543f130157424efa486bb4d0974d2cebb773b13f8b3"  # of the whole file
NUM_SEQUENCES = 10_000
NUM_FRAMES = 20
FRAME_SIZE = (64, 64)  # h, w, pixels
FRAME_BYTES = 64 * 64

VERSION = datasets.Version("1.0.0", "New split API (https://tensorflow.org/datasets/splits)")
HOMEPAGE = "http://www.cs.toronto.edu/~nitish/unsupervised_video/"
LICENSE = (
    "The authors state no licence for the file. "
    "The digits in it come from MNIST, which is widely quoted as being under CC BY-SA 3.0."
)
DESCRIPTION = (
    "Moving variant of MNIST database of handwritten digits. This is the data used by the authors for "
    "reporting model performance. See `moving_mnist_generator.image_as_moving_sequence` for generating "
    "training/validation data from the MNIST dataset."
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


class InvalidSource(ValueError):
    """The source breaks a rule: one line with the file, the rule, the value and what to do."""


@dataclasses.dataclass(frozen=True)
class Source:
    """A verified npy file. Every read checks that the file is still the same."""

    path: str
    sha256: str  # under which it was accepted, see `verify`
    num_sequences: int  # n
    header_size: int  # bytes before the frames
    in_c_order: bool  # whether the frames are stored as (t, n, h, w), or reversed, as (w, h, n, t)
    identity: tuple  # of the file on disk; it changes if the file is replaced or written to

    def read(self, start, stop):
        """Sequences start to stop - 1 in the file's order: (n, t, h, w) uint8, 0 black. On disk, t comes first.

        Raises InvalidSource unless 0 <= start <= stop <= num_sequences, or if the file has changed.
        """
        if not 0 <= start <= stop <= self.num_sequences:
            rule = f"must be 0 <= start <= stop <= {self.num_sequences} sequences"
            raise InvalidSource(f"{self.path}: {rule}, got {start} and {stop}")
        # Plain reads, one run of bytes per frame (or pixel). If a mapped file shrinks, the process dies.
        runs, run, shape, axes = NUM_FRAMES, FRAME_BYTES, (NUM_FRAMES, -1, *FRAME_SIZE), (1, 0, 2, 3)
        if not self.in_c_order:
            runs, run, shape, axes = FRAME_BYTES, NUM_FRAMES, (*FRAME_SIZE[::-1], -1, NUM_FRAMES), (2, 3, 1, 0)
        frames = np.empty((runs, stop - start, run), np.uint8)
        with open(self.path, "rb") as file:
            for index, bytes_of_run in enumerate(frames):
                file.seek(self.header_size + (index * self.num_sequences + start) * run)
                file.readinto(bytes_of_run)
            if _identity(file) != self.identity:
                raise InvalidSource(f"{self.path}: must not change while it is read; start again")
        return np.array(frames.reshape(shape).transpose(axes), order="C")


def fetch(source=URL, sha256=SHA256, dl_manager=None):
    """Find or download the npy file at `source` and verify it: -> Source. The builder does this before any row.

    source: URL, or local path (`~` is expanded)
    sha256: 64 hexadecimal digits; None accepts any file of the authors' layout, but not over http
    dl_manager: a `datasets.DownloadManager`; by default the download goes to datasets' usual cache

    Raises FileNotFoundError if there is no local file, ConnectionError if the download fails, and InvalidSource as
    `verify` does. A bad download is removed from the cache, so that the next call starts anew.
    """
    source, sha256 = _locate(source), _parse_sha256(sha256)
    if sha256 is None and re.search(r"\b(https?|ftp)://", source):
        rule = "sha256 must be given for a source over http: others can change it on the way"
        raise InvalidSource(f"{_without_secrets(source)}: {rule}")
    if "://" not in source:
        return verify(source, sha256)
    if dl_manager is None:  # a builder's own manager leaves the ETag out of the names of its files, too
        config = datasets.DownloadConfig(use_etag=False)
        dl_manager = datasets.DownloadManager(download_config=config, record_checksums=False)
    path = _download(source, dl_manager)
    try:
        return verify(path, sha256)
    except InvalidSource as error:
        for leftover in (path, path + ".json"):  # the .lock stays: another process may be waiting for it
            if os.path.exists(leftover):
                os.remove(leftover)
        downloaded = f"downloaded from {_without_secrets(source)}"
        raise InvalidSource(f"{error} ({downloaded}; removed, the next try starts anew)") from None


def verify(path, sha256=SHA256):
    """Check the layout and the hash of the local npy file at `path`: -> Source.

    The layout is uint8 (t, n, h, w) = (20, n, 64, 64). sha256=None accepts any such file, under its own hash.
    A copy saved by a newer numpy has a longer header, so another hash: it is accepted under `sha256` if its frames
    have that hash behind the authors' 96-byte header.

    Raises FileNotFoundError if there is no such file, InvalidSource if its layout or its hash is another.
    """
    path, expected = _locate(path), _parse_sha256(sha256)
    if not os.path.isfile(path):
        raise FileNotFoundError(f"{path}: no such file; source= is a path or URL of mnist_test_seq.npy")
    with open(path, "rb") as file:
        identity = _identity(file)
        n, in_c_order, header_size = _read_layout(file, path)
        actual = accepted = _hash(file)
        if expected not in (None, actual) and in_c_order:  # Fortran order is not that of the authors' file
            accepted = _hash(file, _authors_header(n), header_size)
    if expected not in (None, actual, accepted):
        advice = f"to read this very file give sha256='{actual}', to read any give sha256=None"
        raise InvalidSource(f"{path}: sha256 must be {expected}, got {actual}; {advice}")
    return Source(path, expected or actual, n, header_size, in_c_order, identity)


def _locate(source):
    """`source` as URL or absolute local path: a relative path means another file in another folder."""
    if not isinstance(source, (str, os.PathLike)):
        raise InvalidSource(f"source must be a path or URL, not {_in_short(source)}")
    if re.search("[\0-\x1f\x7f\ud800-\udfff]", os.fspath(source)):
        raise InvalidSource(f"source must have no control characters, not {_in_short(source)}")
    # file:// is a path, not a URL: a bad download is removed, a user's own file must not be.
    source = re.sub("^(file|local)://", "", os.fspath(source))
    return source if "://" in source else os.path.abspath(os.path.expanduser(source))


def _download(url, dl_manager):
    with contextlib.suppress(ImportError):  # without aiohttp, datasets downloads with requests, or says what it needs
        import aiohttp

        # Wait as long as bytes arrive. By default aiohttp stops after 5 minutes: 819 MB would need 22 Mbit/s.
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=30, sock_read=60)  # seconds
        if url.startswith(("http://", "https://")):
            config = dl_manager.download_config
            config.storage_options = {"client_kwargs": {"timeout": timeout}, **config.storage_options}
    try:
        return str(dl_manager.download(url))
    except Exception as error:  # each protocol has its own: aiohttp's, fsspec's, OSError
        root = error
        while root.__cause__ or root.__context__:  # fsspec wraps every failure of http in FileNotFoundError
            root = root.__cause__ or root.__context__
        status, message = (getattr(root, name, "") for name in ("status", "message"))  # of an answer over http
        reason = f"the server answers {status} {message}" if status else f"{type(root).__name__}: {root}"
        advice = "get the file elsewhere and give its path as source="
        message = f"{url}: download failed ({' '.join(reason.split())}); {advice}"
        raise ConnectionError(_without_secrets(message)) from error


def _in_short(value):
    """The beginning of a value, on one line."""
    return _without_secrets(" ".join(repr(value)[:60].split()))


def _without_secrets(text):
    """Text whose URLs are without user, password, query and fragment."""
    return re.sub(r"(\w://)(?:[^/\s'\"]*@)?([^\s'\"?#]*)[^\s'\"]*", r"\1\2", text)


def _parse_sha256(sha256):
    if sha256 is None or (isinstance(sha256, str) and sha256 == UNVERIFIED):
        return None
    if not re.fullmatch("[0-9a-fA-F]{64}", str(sha256)):
        rule = "sha256 must be 64 hexadecimal digits, or None to verify nothing"
        raise InvalidSource(f"{rule}, got {_in_short(sha256)}")
    return sha256.lower()


def _read_layout(file, path):
    """(n, whether in C order, bytes of header) of an open npy file; InvalidSource if it has another layout."""
    start = io.BytesIO(file.read(10_000))  # bytes, the longest header that numpy reads; a bad one may claim 4 GB
    readers = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Python warns about odd literals in a bad header
            shape, in_fortran_order, dtype = readers[np.lib.format.read_magic(start)](start)
        shape = tuple(int(np.int64(size)) for size in shape)
    except Exception:  # numpy parses a header as Python: ValueError, SyntaxError, TokenError, RecursionError and more
        rule, found = "must be an npy file of version 1.0 or 2.0", start.getvalue()[:16]
        raise InvalidSource(f"{path}: {rule}, got one that begins with {found!r}; get it anew") from None
    if dtype != np.uint8:
        raise InvalidSource(f"{path}: dtype must be uint8, got {dtype!s:.60}; save the frames as uint8, 0 to 255")
    if len(shape) != 4 or shape != (NUM_FRAMES, max(1, shape[1]), *FRAME_SIZE):
        rule = f"shape must be ({NUM_FRAMES}, n, {FRAME_SIZE[0]}, {FRAME_SIZE[1]}) with n >= 1"
        raise InvalidSource(f"{path}: {rule}, got {shape!s:.60}; save (frame, sequence, row, column)")
    expected, actual = start.tell() + NUM_FRAMES * shape[1] * FRAME_BYTES, os.fstat(file.fileno()).st_size
    if actual != expected:
        raise InvalidSource(f"{path}: size must be {expected:,} bytes for shape {shape}, got {actual:,}; get it anew")
    return shape[1], not in_fortran_order, start.tell()


def _hash(file, header=b"", start=0):
    """sha256 of `header` and the open file's bytes from `start` on. Python 3.10 has no hashlib.file_digest."""
    digest = hashlib.sha256(header)
    file.seek(start)
    for chunk in iter(lambda: file.read(BYTES_PER_HASH_UPDATE), b""):
        digest.update(chunk)
    return digest.hexdigest()


def _identity(file):
    """Which file is open, in which state. No program can set the ctime back."""
    status = os.fstat(file.fileno())
    return status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def _authors_header(n):
    """The 96 bytes before the frames of n sequences, as the authors' numpy wrote them."""
    text = f"{{'descr': '|u1', 'fortran_order': False, 'shape': {(NUM_FRAMES, n, *FRAME_SIZE)}, }}"
    return b"\x93NUMPY\x01\x00\x56\x00" + text.ljust(85).encode() + b"\n"  # 0x56: 86 bytes follow


@dataclasses.dataclass
class MovingMnistConfig(datasets.BuilderConfig):
    """`source`: URL or local path of the npy file. `sha256`: 64 hexadecimal digits, or UNVERIFIED."""

    source: str = URL
    sha256: str = SHA256

    def create_config_id(self, config_kwargs, custom_features=None):
        # The id names the cache folder. An unverified file that changes gets another id, so new rows.
        if self.sha256 == UNVERIFIED and "://" not in self.source and os.path.isfile(self.source):
            status = os.stat(self.source)
            config_kwargs = {**config_kwargs, "size": status.st_size, "mtime_ns": status.st_mtime_ns}
        return super().create_config_id(config_kwargs, custom_features)


class MovingMnist(datasets.GeneratorBasedBuilder):
    """Split `test`: the authors' sequences, in the file's order, in one column `image_sequence`."""

    VERSION = VERSION
    BUILDER_CONFIG_CLASS = MovingMnistConfig
    BUILDER_CONFIGS = [
        MovingMnistConfig(name="default", version=VERSION, description="A sequence is a list of 20 images."),
        MovingMnistConfig(name="arrays", version=VERSION, description="A sequence is a (20, 64, 64) array."),
    ]
    DEFAULT_CONFIG_NAME = "default"
    DEFAULT_WRITER_BATCH_SIZE = 100  # rows; the usual 1,000 take twice the memory and time for arrays

    def __init__(self, config_name=None, cache_dir=None, **kwargs):
        """`config_name`: default or arrays. `source=`, `sha256=`: see `fetch`. The rest is as in datasets."""
        if not isinstance(config_name, (str, type(None))):
            raise InvalidSource(f"config_name must be default or arrays, not {_in_short(config_name)}")
        if kwargs.get("source") is not None:
            kwargs["source"] = _locate(kwargs["source"])
        if "sha256" in kwargs:
            kwargs["sha256"] = _parse_sha256(kwargs["sha256"]) or UNVERIFIED
        super().__init__(config_name=config_name or self.DEFAULT_CONFIG_NAME, cache_dir=cache_dir, **kwargs)

    def get_exported_dataset_info(self):
        # Else datasets < 4 expects the splits of the README.md beside the script: that of the published data.
        return datasets.DatasetInfo()

    def _info(self):
        column = datasets.Array3D((NUM_FRAMES, *FRAME_SIZE), "uint8")
        if self.config.name == "default":
            column = datasets.Sequence(datasets.Image())
        features = datasets.Features({"image_sequence": column})
        return datasets.DatasetInfo(DESCRIPTION, CITATION, HOMEPAGE, LICENSE, features=features)

    def _split_generators(self, dl_manager):
        if dl_manager.is_streaming:
            # Only a whole file can be verified, so streaming also downloads it first, to the same place.
            config = dl_manager.download_config.copy()
            config.use_etag, config.cache_dir = False, self._cache_downloaded_dir
            dl_manager = datasets.DownloadManager(download_config=config, record_checksums=False)
        source = fetch(self.config.source, self.config.sha256, dl_manager)
        n = source.num_sequences
        ranges = [(start, min(start + SEQUENCES_PER_READ, n)) for start in range(0, n, SEQUENCES_PER_READ)]
        # datasets shares out lists among num_proc processes, in order.
        return [datasets.SplitGenerator(datasets.Split.TEST, gen_kwargs={"source": source, "ranges": ranges})]

    def _generate_examples(self, source, ranges):
        for start, stop in ranges:
            for index, frames in enumerate(source.read(start, stop), start):
                if self.config.name == "default":
                    # Encoded here: of a list of arrays, datasets makes int32 TIFF images, 16 times as large.
                    frames = [datasets.Image().encode_example(frame) for frame in frames]
                yield index, {"image_sequence": frames}
