"""In a checkout, what `moving-mnist baselines` is of an installed package."""

from moving_mnist_generator.commands import run
from moving_mnist_generator.verbs.baselines import baselines

if __name__ == "__main__":
    run(baselines)
