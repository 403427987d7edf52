"""Draw the README's pictures, and a page of all variants: their first training sequences."""

from pathlib import Path

import click

from moving_mnist_generator.verbs.start import start

PICTURED, PAGED = range(4), range(8)  # indices of the sequences in a variant's picture, and on the page
MARKS = ("boxes", "paths", "labels", "captions")
OUT = click.Path(file_okay=False, path_type=Path)


@click.command()
@click.option("--out", default="data/pictures", show_default=True, type=OUT, help="Folder for the pictures.")
def pictures(out: Path) -> None:
    """Draw OUT/<variant>.gif for every variant, a contact sheet, a picture with marks, and OUT/preview.html."""
    from moving_mnist_generator import VARIANTS, generate
    from moving_mnist_generator.previews.page import write_page
    from moving_mnist_generator.previews.pictures import contact_sheet, draw, save_animation
    from moving_mnist_generator.previews.rows import generated_rows

    out.mkdir(parents=True, exist_ok=True)
    for name in VARIANTS:
        save_animation(generate(name, "train", PICTURED).frames, out / f"{name}.gif", columns=len(PICTURED))
    contact_sheet(generate("two_digits", "train", PICTURED).frames).save(out / "two_digits.png")
    draw(generated_rows("colliding", "train", PICTURED), MARKS, out / "preview.gif", ".gif")
    rows = ((name, generated_rows(name, "train", range(i, i + 1))) for i in PAGED for name in VARIANTS)
    count, _ = write_page(out / "preview.html", rows, "Moving MNIST")
    print(f"{len(VARIANTS) + 1} animated pictures, a contact sheet and a page of {count} sequences in {out}")


if __name__ == "__main__":
    start(pictures)
