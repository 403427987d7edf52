"""Write the classes of core/look_fields.py from LOOKS, for `make tables`."""

from ..looks import LOOKS

AXES = "One array for each column that a look publishes, and for what it gives by frame; None without that look."


def field_attributes() -> str:
    """The class with the fields of Variant that looks have."""
    lines = [f"    {name}: {look.field.kind.annotation}  # {look.field.meaning}" for name, look in LOOKS.items()]
    return "\n".join(
        ["class LookFields:", '    """The fields of Variant that switch looks on."""', "", *map(cut, lines)]
    )


def array_attributes() -> str:
    """The class with the attributes of Sequences that looks have."""
    lines = []
    for look in LOOKS.values():
        if look.column:
            shape = ", ".join(["n", *look.column.axes])
            lines.append(f"    {look.column.name}: np.ndarray | None  # ({shape}): {look.column.meaning}")
        if look.in_frames and look.column:
            lines.append(f"    {look.in_frames}: np.ndarray | None  # in each frame, from {look.column.name}")
    return "\n".join(["class LookArrays:", f'    """{AXES}"""', "", *map(cut, lines)])


def cut(line: str) -> str:
    """A line as long as lines may be."""
    return line if len(line) <= 119 else f"{line[:116]}..."
