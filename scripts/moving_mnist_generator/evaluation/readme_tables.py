"""The tables of the README's section about results, as Markdown, from the tables of the code."""

from ..common.markdown import markdown_table
from .baselines import BASELINES
from .comparisons import baseline_results
from .protocols import PROTOCOLS
from .published import published_results

SHOWN_EPOCHS = 2000  # the longer of the two trainings in the published table
DECIMALS = {"mse": 2, "mae": 2, "ssim": 4, "psnr": 2}  # as published


def protocol_table():
    """One row a protocol."""
    rows = []
    for name, row in PROTOCOLS.items():
        metrics = "<br>".join(f"{metric.name}: {metric.formula}" for metric in row.metrics)
        notes = [row.defect] if row.defect else []
        if row.batch:
            notes.append(f"depends on the batch ({row.batch})")
        if row.samples:
            notes.append("takes the best of several samples")
        rows.append([f"`{name}`", f"{row.frames_in} -> {row.frames_out}", row.test_set, metrics, "; ".join(notes)])
    return markdown_table(["protocol", "frames", "test sequences", "metrics", "notes"], rows)


def baseline_table():
    """One row a variant and number of past frames, the recommended MSE and SSIM of each baseline."""
    found = {}
    for result in baseline_results():
        case = result["truth"]["source"], result["past"], result["scores"]["recommended"]["num_frames"]
        overall = result["scores"]["recommended"]["overall"]
        found.setdefault(case, {})[result["predictions"]["baseline"]] = f"{overall['mse']:.1f} / {overall['ssim']:.3f}"
    rows = [
        [f"`{name}`", f"{past} -> {future}", *(scores.get(baseline, "") for baseline in BASELINES)]
        for (name, past, future), scores in found.items()
    ]
    return markdown_table(["MSE / SSIM", "frames", *(f"`{name}`" for name in BASELINES)], rows)


def published_table():
    """The rows of the longer training, without doubles, and those that do not compare."""
    rows, seen = [], set()
    for result in published_results():
        numbers = tuple(getattr(result, name) for name in DECIMALS)
        if (result.epochs != SHOWN_EPOCHS and not result.note) or numbers in seen:
            continue
        seen.add(numbers)
        texts = [
            "" if value is None else f"{value:.{decimals}f}"
            for value, decimals in zip(numbers, DECIMALS.values(), strict=True)
        ]
        rows.append([result.model, result.protocol, str(result.epochs), *texts, result.note])
    head = ["model", "protocol", "epochs", *(name.upper() for name in DECIMALS), "does not compare because"]
    return markdown_table(head, rows)
