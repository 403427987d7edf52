"""In a checkout, what `moving-mnist evaluate` is of an installed package."""

from moving_mnist_generator.commands import run
from moving_mnist_generator.verbs.evaluate import evaluate

if __name__ == "__main__":
    run(evaluate)
