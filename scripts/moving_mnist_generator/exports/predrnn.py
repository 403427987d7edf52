"""The npz file of PredRNN and the code that descends from it, such as PredRNN++, E3D-LSTM and MIM.

clips          (2, n, 2) int32, [0, i] first frame and number of frames of the past of sequence i, [1, i] of its future
dims           (1, 3) int32, channels, rows, cols
input_raw_data (n * t, 1, H, W) float32, 0 black, 1 white, the frames of all sequences one after another
"""

import zipfile

import numpy as np

from ..common.checks import InputError
from .base import Export

NAMES = {"train": "train", "validation": "valid", "test": "test"}  # of splits, in PredRNN's file names
WHITE = np.float32(255)


def write(path, shape, pieces):
    n, t, height, width = shape
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, array in (("clips", clips(n, t)), ("dims", np.array([[1, height, width]], np.int32))):
            with member(archive, name) as file:
                np.lib.format.write_array(file, array)
        with member(archive, "input_raw_data") as file:
            described = {"descr": "<f4", "fortran_order": False, "shape": (n * t, 1, height, width)}
            np.lib.format.write_array_header_1_0(file, described)
            for frames in pieces:
                file.write((frames / WHITE).tobytes())


def check(shape):
    """Refuse sequences that have no past and future."""
    if shape[1] < 2:
        raise InputError(f"predrnn must have a past and a future, so sequences of at least 2 frames, not {shape[1]}")


def clips(n, t):
    """Where past and future of n sequences of t frames are: (2, n, 2) int32, (first frame, number of frames).

    >>> clips(3, 20)[:, 1].tolist()
    [[20, 10], [30, 10]]
    """
    first, past = np.arange(n) * t, t // 2
    parts = [np.stack([first, np.full(n, past)], 1), np.stack([first + past, np.full(n, t - past)], 1)]
    return np.array(parts, np.int32)


def member(archive, name):
    """An array in the archive, to be written piece by piece. Its date is fixed: the same frames give the same file."""
    info = zipfile.ZipInfo(f"{name}.npy")
    info.compress_type = zipfile.ZIP_DEFLATED
    return archive.open(info, "w", force_zip64=True)


PREDRNN = Export(
    words="npz with clips, dims and input_raw_data, float32 in 0..1",
    readers="PredRNN, PredRNN++, E3D-LSTM, MIM",
    name=lambda split: f"moving-mnist-{NAMES[split]}.npz",
    write=write,
    check=check,
)
