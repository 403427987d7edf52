"""Every number that the published evaluation code gives for four predictions: see golden/README.md."""

import numpy as np
import pytest
from conftest import GOLDEN

from moving_mnist_generator.evaluation import PROTOCOLS, evaluate

VECTORS = np.load(GOLDEN / "metrics.npz")
PREDICTIONS = ("blurred", "copy_last", "black", "noisy")
RELATIVE = 2e-5  # the repositories compute in float32
KINDS = {"per_frame": "per_frame", "per_sequence": "per_sequence", "conf95": "conf95", "std": "std"}
RECORDED = [name for name in VECTORS.files if name.split("/")[0] in PROTOCOLS]
GOLDEN_PROTOCOLS = {name.split("/")[0] for name in RECORDED}


def split(name):
    """A metric's name in the vectors -> (metric, which part of Scores)."""
    for suffix, kind in KINDS.items():
        if name.endswith(f"_{suffix}"):
            return name.removesuffix(f"_{suffix}"), kind
    return name, "overall"


@pytest.fixture(scope="module")
def scored():
    """{(protocol, prediction): Scores}."""
    return {
        (protocol, prediction): evaluate(VECTORS[f"pred/{prediction}"], VECTORS["true"], protocol=protocol)
        for protocol in GOLDEN_PROTOCOLS
        for prediction in PREDICTIONS
    }


def test_the_vectors_are_of_these_repositories_and_every_number_has_a_test():
    assert {"openstl", "predrnn", "phydnet", "srvp", "mcvd", "svg"} <= GOLDEN_PROTOCOLS
    assert set(VECTORS.files) - set(RECORDED) == {"past", "true", *(f"pred/{name}" for name in PREDICTIONS)}


@pytest.mark.parametrize("name", RECORDED)
def test_a_number_is_that_of_the_published_code(scored, name):
    protocol, prediction, metric = name.split("/")
    metric, kind = split(metric)
    found = getattr(scored[protocol, prediction], kind)[metric]
    np.testing.assert_allclose(found, VECTORS[name], rtol=RELATIVE, atol=0)
