"""In a checkout, what `moving-mnist update-card` is of an installed package."""

from moving_mnist_generator.commands import run
from moving_mnist_generator.verbs.update_card import update_card

if __name__ == "__main__":
    run(update_card)
