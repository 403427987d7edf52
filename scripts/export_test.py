"""The authors' test file, by the builder's own reading of it -> data/default and data/arrays, split test."""

import click
from tqdm import tqdm

from moving_mnist import SHA256, URL, fetch, num_sequences
from moving_mnist_generator.commands import run
from moving_mnist_generator.files.authors import CONFIGS, FILE_NAME, is_written, recipe, write_test
from moving_mnist_generator.rows.arrow import LAYOUTS
from moving_mnist_generator.stores.paths import reach


@click.command()
@click.option("--source", default=URL, show_default=True, help="URL or path of mnist_test_seq.npy.")
@click.option("--out", default="data", show_default=True, help="Folder of the configs, or URL of one.")
@click.option("--layout", default="both", show_default=True, type=click.Choice([*LAYOUTS, "both"]))
@click.option("--sha256", help="Of another file that is to be taken.  [default: the authors']")
@click.option("--no-verify", is_flag=True, help="Take any file of this layout.")
def export_test(source, out, layout, sha256, no_verify):
    """Verify the authors' file and write it as Parquet."""
    if sha256 and no_verify:
        raise click.UsageError("--sha256 and --no-verify exclude each other")
    path, accepted = fetch(source, None if no_verify else sha256 or SHA256)
    count = num_sequences(path)
    for name in LAYOUTS if layout == "both" else (layout,):
        target = reach(out) / CONFIGS[name] / FILE_NAME
        if is_written(target, recipe(name, accepted, count)):
            print(f"kept     {target}")
            continue
        with tqdm(total=count, unit=" sequences") as progress:
            for rows in write_test(path, accepted, name, target):
                progress.update(rows)
        print(f"written  {target}  {count:,} sequences")
    print(f"the source has sha256 {accepted}: {'the authors' if accepted == SHA256 else 'not the authors'}' file")


if __name__ == "__main__":
    run(export_test)
