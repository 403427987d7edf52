"""In a checkout, what `moving-mnist push` is of an installed package."""

from moving_mnist_generator.verbs.start import start

if __name__ == "__main__":
    start("push_to_hub")
