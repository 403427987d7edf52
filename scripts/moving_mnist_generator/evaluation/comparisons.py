"""Every baseline on every variant that makes sense: what data/results/baselines.json holds."""

import json
from pathlib import Path

from ..common.checks import InputError
from ..core.variants import VARIANTS
from ..motions import MOTIONS
from .baselines import BASELINES
from .forecasts import BaselineForecasts
from .protocols import PROTOCOLS
from .report import compare

REFERENCE = "two_digits"  # scored under every protocol for 10 past frames
PAST = 10  # frames
STOCHASTIC_PAST = 5  # as the protocols for stochastic sequences have it; a sequence of 20 frames leaves 15 to predict
REPORTED = ("recommended", "openstl")
DIGITS = 6  # significant ones in the file


def plan(sequences, authors=None):
    """What to score: list of (Source, past, protocols, baseline).

    Args:
        sequences: of each variant's test split; authors: Source of the authors' file, or None.
    """
    from ..sources.source import generated_source

    works = []
    sources = [
        generated_source(name, "test", sequences) for name, row in VARIANTS.items() if len(row.frame_shape) == 2
    ]
    for source in sources + [authors] * (authors is not None):
        every = tuple(name for name, row in PROTOCOLS.items() if row.frames_in == PAST)
        cases = [(PAST, every if source.name == REFERENCE or source is authors else REPORTED)]
        if source is not authors and MOTIONS[VARIANTS[source.name].motion].stochastic:
            few = tuple(name for name, row in PROTOCOLS.items() if row.frames_in == STOCHASTIC_PAST)
            cases.append((STOCHASTIC_PAST, ("recommended", *few)))
        for past, protocols in cases:
            for name, baseline in BASELINES.items():
                if source.annotated or not baseline.annotated:
                    works.append((source, past, protocols, name))
    return works


def result(source, past, protocols, baseline):
    """One entry of the file: a Comparison's dict without values of single sequences, in 6 significant digits."""
    found = compare(BaselineForecasts(baseline), source, past, protocols).to_dict()
    found["truth"]["source"] = Path(source.name).name  # a file's folder differs from machine to machine
    for scores in found["scores"].values():
        scores.pop("per_sequence", None)
    return rounded(found)


def rounded(value):
    """A value for JSON with short numbers."""
    if isinstance(value, dict):
        return {name: rounded(item) for name, item in value.items()}
    if isinstance(value, list):
        return [rounded(item) for item in value]
    return float(f"{value:.{DIGITS}g}") if isinstance(value, float) else value


def baseline_results(path=None):
    """The entries of data/results/baselines.json: list of dicts, each as `Comparison.to_dict` has it.

    Args:
        path: another such file; None, the one of this project.

    >>> baseline_results()[0]["predictions"]["baseline"]
    'black'
    """
    path = shipped("baselines.json") if path is None else Path(path)
    try:
        return json.loads(path.read_text())["results"]
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path} must be JSON with results, as baselines.py writes it: {error}") from None


def shipped(name):
    """A file of results: beside this one when installed, in data/results in a checkout."""
    here = Path(__file__).resolve().parent
    return here / name if (here / name).exists() else here.parents[2] / "data" / "results" / name
