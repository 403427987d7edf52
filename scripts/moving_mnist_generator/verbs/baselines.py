"""Score forecasts without a model on the test splits of all variants, into data/results, and draw them."""

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
def baselines(out: Path, sequences: int, authors: str | None) -> None:
    """Write OUT/results/baselines.csv, OUT/results/baseline_curves.csv and the pictures baselines and published.

    The sequences of variants are generated anew, with seed 0. Coloured variants are left out: no protocol scores them.
    """
    from contextlib import ExitStack

    from tqdm import tqdm

    from ..evaluation import comparisons, published_results, report
    from ..running.partial import renamed_when_whole
    from ..sources.opening import open_source

    works = comparisons.plan(sequences, None if authors is None else open_source(authors))
    scored = [report.compare(*work) for work in tqdm(works, unit=" forecasts")]
    scores = [row for each in scored for row in comparisons.score_rows(each)]
    curves = [row for each in scored for row in comparisons.curve_rows(each)]
    with ExitStack() as files:
        for name, rows in ((comparisons.SCORES_FILE, scores), (comparisons.CURVES_FILE, curves)):
            comparisons.write_rows(rows, files.enter_context(renamed_when_whole(out / "results" / name)))
        report.draw_baselines(curves, files.enter_context(renamed_when_whole(out / "pictures/baselines.png")))
        known = [row for row in scores if (row["source"], row["protocol"]) == (comparisons.REFERENCE, "openstl")]
        published = files.enter_context(renamed_when_whole(out / "pictures/published.png"))
        report.draw_published(known, published_results(), published)
    print(f"{len(scored)} forecasts scored: {out}/results/{comparisons.SCORES_FILE} and {out}/pictures/baselines.png")
