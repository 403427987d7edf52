"""The authors' test file -> the split `test` of the configs without annotations: default, arrays, strips."""

import click

from ..common.checks import InputError
from .commands import LAYOUT, OUT


@click.command()
@click.option("--source", metavar="FILE_OR_URL", help="The file mnist_test_seq.npy.  [default: the authors' URL]")
@OUT
@LAYOUT
@click.option("--sha256", metavar="HEX", help="Take another file, which has this sha256.  [default: the authors']")
@click.option("--no-verify", is_flag=True, help="Take any local file of this layout.")
def export_test(source, out, layouts, sha256, no_verify):
    """Verify the authors' file and write it as Parquet, in its order."""
    from tqdm import tqdm

    import moving_mnist

    from ..files import authors
    from ..files.survey import writable
    from ..layouts import LAYOUTS

    if sha256 and no_verify:
        raise InputError("--sha256 and --no-verify exclude each other")
    folder = writable(out)
    found = authors.fetch(source or moving_mnist.URL, None if no_verify else sha256 or moving_mnist.SHA256)
    count, accepted = found.num_sequences, found.sha256
    for name in layouts or LAYOUTS:
        target = folder / LAYOUTS[name].bare / authors.FILE_NAME
        try:
            kept = authors.is_written(target, authors.recorded(name, accepted, count))
        except authors.OtherSource as error:
            raise InputError(f"{error}: remove it, or take another folder with --out") from None
        if kept:
            print(f"kept     {target}")
            continue
        with tqdm(total=count, unit=" sequences", disable=None) as progress:
            for rows in authors.write_test(found, name, target):
                progress.update(rows)
        print(f"written  {target}  {count:,} sequences")
    whose = "the authors'" if accepted == moving_mnist.SHA256 else "not the authors'"
    print(f"the source has sha256 {accepted}: {whose} file")
