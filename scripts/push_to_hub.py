"""In a checkout, what `moving-mnist push` is of an installed package."""

from moving_mnist_generator.commands import run
from moving_mnist_generator.verbs.push_to_hub import push_to_hub

if __name__ == "__main__":
    run(push_to_hub)
