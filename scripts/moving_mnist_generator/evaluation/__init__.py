"""Score predictions as each paper scores them: see `evaluate`."""

from .protocols import PROTOCOLS, Protocol
from .published import published_results
from .scoring import Evaluation, Scores, evaluate

__all__ = ["PROTOCOLS", "Evaluation", "Protocol", "Scores", "evaluate", "published_results"]
