"""Score predictions of Moving MNIST as published papers do, or a baseline without a model."""

from pathlib import Path

import click

from ..common.names import SPLITS
from ..evaluation.baselines import BASELINES
from ..evaluation.forecasts import ORDERS
from ..evaluation.protocols import PROTOCOLS

FILE = click.Path(dir_okay=False, path_type=Path)
BATCH = "Sequences in a batch, for phydnet, mau and earthformer.  [default: the protocol's]"

FORECASTS = "\b\nBaselines:\n" + "\n".join(f"  {name:18} {row.words}" for name, row in BASELINES.items())


@click.command(epilog=FORECASTS)
@click.argument("predictions", required=False)
@click.option(
    "--truth", required=True, metavar="SOURCE", help="Parquet, the authors' npy, a URL of these, or a Hub id."
)
@click.option("--split", default="test", show_default=True, type=click.Choice(SPLITS), help="Split to score.")
@click.option("--past", default=10, show_default=True, type=click.IntRange(min=1), help="Frames that a model sees.")
@click.option(
    "--protocol",
    "protocols",
    multiple=True,
    type=click.Choice([*PROTOCOLS, "all"]),
    help="How to score; repeatable.  [default: recommended]",
)
@click.option("--batch", type=click.IntRange(min=1), help=BATCH)
@click.option("--baseline", type=click.Choice(BASELINES), help="One of the baselines below.  [default: PREDICTIONS]")
@click.option("--order", default="ntHW", show_default=True, type=click.Choice(ORDERS), help="Axes of an npy or npz.")
@click.option("--json", "json_path", type=FILE, help="Write all numbers to this file.  [default: none]")
@click.option("--picture", "picture_path", type=FILE, help="Draw frames and curves into this PNG.  [default: none]")
def evaluate(predictions, truth, split, past, protocols, batch, baseline, order, json_path, picture_path):
    """Score PREDICTIONS: an npy or npz file of float in 0..1 or uint8, a folder of Parquet, or a Hub id.

    PREDICTIONS hold the frames after the past, or all frames. The order of an npy's axes is n sequences, t frames,
    H rows, W columns, s samples of a stochastic model. SOURCE on the Hub is USER/NAME or USER/NAME:CONFIG.
    URLs are hf://datasets/USER/NAME/PATH, or http(s)://...#sha256=HEX; a download that was cut goes on.
    Without --protocol, `recommended` is used; of samples, `all` are the protocols that take them.
    """
    from tqdm import tqdm

    from ..evaluation import forecasts, report
    from .commands import opened

    if (predictions is None) == (baseline is None):
        raise click.UsageError("give either PREDICTIONS or --baseline")
    if picture_path is not None and picture_path.suffix != ".png":
        raise click.BadParameter(f"must end in .png, not {picture_path.name}", param_hint="--picture")
    source = opened(truth, split)
    given = forecasts.BaselineForecasts(baseline) if baseline else forecasts.open_forecasts(predictions, order, split)
    names = list(dict.fromkeys(protocols)) or ["recommended"]
    if "all" in protocols:
        names = [name for name, row in PROTOCOLS.items() if row.samples or given.num_samples is None]
    with tqdm(total=source.num_sequences, unit=" sequences", delay=0.5) as progress:
        comparison = report.compare(given, source, past, names, batch=batch, progress=progress.update)
    report.write(comparison, json_path, picture_path)
    for scores in comparison.scores.values():
        print(scores)
    print(f"truth        {comparison.truth['sha256']}\npredictions  {comparison.predictions['sha256']}")
