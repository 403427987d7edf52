"""The command `moving-mnist`, which `python -m moving_mnist_generator` is, too: all verbs."""

from .verbs.start import start


def main():
    """Run the command line."""
    start("program")


if __name__ == "__main__":
    main()
