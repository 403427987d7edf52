"""In a checkout, what `moving-mnist demo` is of an installed package."""

from moving_mnist_generator.verbs.start import start

if __name__ == "__main__":
    start("demo")
