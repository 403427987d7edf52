"""How much is measured."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Scale:
    """Sizes of the cases of all tables. Counts are sequences unless they say otherwise."""

    made: int = 2_048  # per call: generating, moving
    digits: int = 1_000  # per call, one a sequence, against TensorFlow Datasets
    writing: float = 12  # seconds in which one worker writes a layout's files
    ready: int = 500  # per call of a stage of writing that is measured alone
    rows: int = 5_000  # in the files to be read
    read: int = 1_024  # rows per call
    streamed: int = 8_192  # per call
    loading: float = 1  # seconds for which a DataLoader is read in its steady state
    warm_up: int = 8  # batches before that: more than lie ready when the first one arrives
    peaks: tuple[int, ...] = (10_000, 100_000)  # sizes of the runs whose memory is measured
    loaded: int = 10_000  # rows of the load_dataset whose memory is measured
    sample: int = 20_000  # in the file from which 100 million are estimated
    files: int = 100_000  # to plan
    many: int = 100_000_000  # to estimate
    seconds: float = 20  # after which a table starts no further round, within the limits of `rounds`
    rounds: tuple[int, int] = (3, 9)  # at least, at most
    ways: int = 10_000  # rows in the files that each way reads


FULL = Scale()
SMALL = Scale(16, 16, 0, 16, 128, 128, 256, 0, 1, (100, 200), 200, 128, 100, 1_000, 0, (1, 1), 128)
