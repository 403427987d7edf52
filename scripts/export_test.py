"""In a checkout, what `moving-mnist export-test` is of an installed package."""

from moving_mnist_generator.commands import run
from moving_mnist_generator.verbs.export_test import export_test

if __name__ == "__main__":
    run(export_test)
