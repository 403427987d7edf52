"""An MP4 (H.264) for each sequence, 10 frames a second, for slides. Needs PyAV.

Nearly all pixels in grey are exact, single ones a few levels off; colours are stored at half the resolution. The
quantizer 0 would keep grey exactly, in a profile that browsers and slides do not play.
"""

from ..common.checks import InputError
from .base import Export
from .pictures import numbered

FRAMES_PER_SECOND = 10
QUANTIZER = "1"
PIXELS = "yuvj420p"  # black is 0 and white is 255; in yuv420p they would be 16 and 235


def write(path, shape, pieces):
    for name, frames in numbered(shape[0], pieces):
        write_video(path / f"{name}.mp4", frames)


def check(shape):
    """Refuse what cannot be written, before anything is."""
    try:
        import av  # noqa: F401
    except ImportError:
        raise InputError('mp4 must have PyAV, and it is not installed: pip install "moving-mnist[video]"') from None
    if shape[2] % 2 or shape[3] % 2:
        raise InputError(f"mp4 must have an even number of rows and cols, not {shape[2]} x {shape[3]}")


def write_video(path, frames):
    """(t, H, W[, 3]) uint8 -> a file."""
    import av

    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=FRAMES_PER_SECOND)
        stream.height, stream.width = frames.shape[1:3]
        stream.pix_fmt, stream.options = PIXELS, {"qp": QUANTIZER}
        for frame in frames:
            picture = av.VideoFrame.from_ndarray(frame, format="gray" if frame.ndim == 2 else "rgb24")
            container.mux(stream.encode(picture))
        container.mux(stream.encode())


MP4 = Export(
    "an MP4 for each sequence; needs the extra [video]",
    "slides and players",
    "{}_mp4".format,
    write,
    True,
    True,
    check,
)
