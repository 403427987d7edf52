"""Score forecasts without a model on the test splits of all variants: data/results/baselines.json, and its picture."""

import json
from pathlib import Path

import click

SEQUENCES = 1_000  # of each test split, as published
FOLDER = click.Path(file_okay=False, path_type=Path)
AUTHORS = "Score mnist_test_seq.npy as well.  [default: variants alone]"


@click.command()
@click.option("--out", default="data", show_default=True, type=FOLDER, help="Folder of results and pictures.")
@click.option(
    "--sequences", default=SEQUENCES, show_default=True, type=click.IntRange(min=1), help="Sequences of each variant."
)
@click.option("--authors", type=click.Path(exists=True, dir_okay=False), help=AUTHORS)
def baselines(out, sequences, authors):
    """Write OUT/results/baselines.json and OUT/pictures/baselines.png.

    The sequences of variants are generated anew, with seed 0. Coloured variants are left out: no protocol scores them.
    """
    from tqdm import tqdm

    from ..evaluation import comparisons, report
    from ..running.partial import renamed_when_whole
    from ..sources.opening import open_source

    works = comparisons.plan(sequences, None if authors is None else open_source(authors))
    results = [comparisons.result(*work) for work in tqdm(works, unit=" forecasts")]
    written = {"results/baselines.json": json.dumps({"results": results}, indent=1) + "\n"}
    for name, text in written.items():
        with renamed_when_whole(out / name) as partial:
            partial.write_text(text)
    with renamed_when_whole(out / "pictures/baselines.png") as partial:
        report.draw_baselines(results, partial)
    print(f"{len(results)} forecasts scored: {out}/results/baselines.json and {out}/pictures/baselines.png")
