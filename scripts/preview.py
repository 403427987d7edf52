"""In a checkout, what `moving-mnist preview` is of an installed package."""

from moving_mnist_generator.commands import run
from moving_mnist_generator.verbs.preview import preview

if __name__ == "__main__":
    run(preview)
