"""The machine that figures were measured on."""

import platform
from importlib import metadata
from pathlib import Path

NEEDED = ("numpy", "pyarrow", "datasets", "pillow")
COMPARED = (
    *("torch", "torchvision", "tensorflow", "tensorflow-datasets", "jax", "grain", "ray"),
    *("webdataset", "pandas", "polars", "duckdb"),
)


def machine():
    """{what: value} of the machine and the installed packages; None for a package that is not installed."""
    import psutil

    return {
        "processor": processor(),
        "cores": psutil.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 1e9),
        "system": platform.system(),
        "python": platform.python_version(),
        **{package: version(package) for package in (*NEEDED, *COMPARED)},
    }


def processor():
    """The model, as exactly as the system knows it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor() or platform.machine()


def version(package):
    """Of an installed package, or of its build for CPUs; None if there is neither."""
    for name in (package, f"{package}-cpu"):
        try:
            return metadata.version(name)
        except metadata.PackageNotFoundError:
            pass
    return None


def summary(about):
    """One line about what `machine` returned."""
    return f"{about['processor']}, {about['cores']} cores, Python {about['python']}, numpy {about['numpy']}"
