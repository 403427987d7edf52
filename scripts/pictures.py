"""Draw the README's pictures: the first training sequences of every variant."""

from pathlib import Path

import click

from moving_mnist_generator.commands import run

SHOWN = 4  # sequences of each variant
OUT = click.Path(file_okay=False, path_type=Path)


@click.command()
@click.option("--out", default="data/pictures", show_default=True, type=OUT, help="Folder for the pictures.")
def pictures(out):
    """Draw OUT/<variant>.gif for every variant, and a contact sheet of two_digits."""
    from moving_mnist_generator import VARIANTS, generate
    from moving_mnist_generator.previews.pictures import contact_sheet, save_animation

    out.mkdir(parents=True, exist_ok=True)
    for name in VARIANTS:
        save_animation(generate(name, "train", range(SHOWN)).frames, out / f"{name}.gif", columns=SHOWN)
    contact_sheet(generate("two_digits", "train", range(SHOWN)).frames).save(out / "two_digits.png")
    print(f"{len(VARIANTS)} animated pictures and a contact sheet in {out}")


if __name__ == "__main__":
    run(pictures)
