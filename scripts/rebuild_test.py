"""In a checkout, what `moving-mnist rebuild-test` is of an installed package."""

from moving_mnist_generator.verbs.start import start

if __name__ == "__main__":
    start("rebuild_test")
