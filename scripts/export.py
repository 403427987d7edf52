"""In a checkout, what `moving-mnist export` is of an installed package."""

from moving_mnist_generator.commands import run
from moving_mnist_generator.verbs.export import export

if __name__ == "__main__":
    run(export)
