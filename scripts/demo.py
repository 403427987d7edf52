"""In a checkout, what `moving-mnist demo` is of an installed package."""

from moving_mnist_generator.commands import run
from moving_mnist_generator.verbs.demo import demo

if __name__ == "__main__":
    run(demo)
