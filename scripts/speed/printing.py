"""The machine that figures are measured on, and tables on a terminal."""

import platform
from importlib import metadata
from pathlib import Path
from typing import Any

import psutil

PACKAGES = ("numpy", "pyarrow", "datasets", "pillow", "scikit-image")


def machine() -> dict[str, Any]:
    """{what: value} of the machine and the installed packages; None for a package that is not installed."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    installed = {each.metadata["Name"].lower(): each.version for each in metadata.distributions()}
    return {
        "processor": models[0] if models else platform.processor() or platform.machine(),
        "cores": psutil.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 1e9),
        "system": platform.system(),
        "python": platform.python_version(),
        **{name: installed.get(name) for name in PACKAGES},
    }


def print_table(title: str, rows: list[dict[str, Any]]) -> None:
    """Aligned, units on top."""
    units = list(dict.fromkeys(key for row in rows for key in row if key not in ("name", "note")))
    widths = {unit: max(12, len(unit) + 2) for unit in units}
    print(f"\n{title}\n{'':44}" + "".join(f"{unit:>{width}}" for unit, width in widths.items()))
    for row in rows:
        figures = "".join(figure(unit, row.get(unit)).rjust(width) for unit, width in widths.items())
        print(f"{row['name']:44}{figures}{row.get('note', '')}".rstrip(), flush=True)


def figure(unit: str, value: float | None) -> str:
    """A ratio with two decimals; anything else as a whole number, or to two digits if it is small; None as nothing."""
    if value is None:
        return ""
    if unit.startswith("x "):
        return f"{value:.2f}"
    return f"{value:,.0f}" if value >= 10 else f"{value:.2g}"
