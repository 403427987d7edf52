"""Print the tables of the README's section about results, as Markdown, from the tables of the code."""

from ..common.markdown import markdown_table
from .baselines import BASELINES
from .comparisons import baseline_results
from .protocols import PROTOCOLS
from .published import METRICS, published_results

SHOWN_EPOCHS = 2000  # the longer of the two trainings in the published table
PUBLISHED_DECIMALS = {"ssim": 4}  # as published; 2 of all other metrics
BASELINE_DECIMALS = {"mse": 1, "ssim": 3}  # of the metrics of `recommended` that are shown


def protocol_table() -> str:
    """One row a protocol."""
    rows = []
    for name, row in PROTOCOLS.items():
        metrics = "<br>".join(f"{metric.name}: {metric.formula}" for metric in row.metrics)
        notes = [row.defect] if row.defect else []
        if row.batch:
            notes.append(f"depends on the batch ({row.batch})")
        if row.samples:
            notes.append("takes the best of several samples")
        frames = f"{row.frames_in} -> {row.frames_out}"
        rows.append([f"`{name}`", frames, row.test_set, metrics, "; ".join(notes), row.source])
    return markdown_table(["protocol", "frames", "test sequences", "metrics", "notes", "source"], rows)


def baselines() -> str:
    """What each baseline forecasts, and from what."""
    rows = []
    for name, row in BASELINES.items():
        past = "1 past frame" if row.least_past == 1 else f"{row.least_past} past frames"
        needs = past + ", annotations" * row.annotated + ", a recipe without chance after the start" * row.recipe
        rows.append([f"`{name}`", row.words, needs])
    return markdown_table(["baseline", "forecast", "needs"], rows)


def baseline_table() -> str:
    """One row a variant and number of past frames, some recommended metrics of each baseline."""
    found: dict[tuple[str, str], dict[str, str]] = {}
    for row in baseline_results():
        if row["protocol"] == "recommended":
            texts = [f"{float(row[name]):.{decimals}f}" for name, decimals in BASELINE_DECIMALS.items()]
            case = row["source"], f"{row['past']} -> {row['num_frames']}"
            found.setdefault(case, {})[row["baseline"]] = " / ".join(texts)
    head = [" / ".join(name.upper() for name in BASELINE_DECIMALS), "frames", *(f"`{name}`" for name in BASELINES)]
    rows = [
        [f"`{source}`", frames, *(scores.get(name, "") for name in BASELINES)]
        for (source, frames), scores in found.items()
    ]
    return markdown_table(head, rows)


def published_table() -> str:
    """The rows of the longer training, without doubles, and those that do not compare."""
    rows, seen = [], set()
    for result in published_results():
        numbers = tuple(getattr(result, name) for name in METRICS)
        if (result.epochs != SHOWN_EPOCHS and not result.note) or numbers in seen:
            continue
        seen.add(numbers)
        texts = [
            "" if value is None else f"{value:.{PUBLISHED_DECIMALS.get(name, 2)}f}"
            for name, value in zip(METRICS, numbers, strict=True)
        ]
        rows.append([result.model, result.protocol, str(result.epochs), *texts, result.note])
    head = ["model", "protocol", "epochs", *(name.upper() for name in METRICS), "does not compare because"]
    return markdown_table(head, rows)
