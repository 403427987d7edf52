# /// script
# requires-python = ">=3.10"
# dependencies = ["moving-mnist"]
#
# [tool.uv.sources]
# moving-mnist = { path = "..", editable = true }
# ///
"""In a checkout, what `moving-mnist generate` is of an installed package."""

from moving_mnist_generator.verbs.start import start

if __name__ == "__main__":
    start("generate")
