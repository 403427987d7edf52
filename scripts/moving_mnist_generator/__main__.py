"""Run the command `moving-mnist`, by that name or by `python -m moving_mnist_generator`."""

from .verbs.start import start


def main() -> None:
    """Run the command line."""
    start("program")


if __name__ == "__main__":
    main()
