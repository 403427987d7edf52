"""What looks add to Variant and Sequences, for editors and type checkers. `make tables` writes it from LOOKS.

Variant and Sequences set these attributes for every row of LOOKS, those included that a program adds while it runs.
"""

import numpy as np

# [[[cog
# from moving_mnist_generator.core.attributes import array_attributes, field_attributes
# cog.outl("\n\n" + field_attributes() + "\n\n\n" + array_attributes() + "\n\n")
# ]]]


class LookFields:
    """The fields of Variant that switch looks on."""

    rotation: tuple[float, float] | None  # degrees a frame, counterclockwise, by which each digit turns
    scale: tuple[float, float] | None  # factor a frame by which each digit shrinks for 5 frames, then grows for 5
    brightness: tuple[float, float] | None  # factor a frame by which all digits darken for 5 frames, then brighten ...
    colour: bool  # each digit in a colour of its own: RGB frames
    num_occluders: int  # grey rectangles that stand still before the digits
    world_size: tuple[int, int] | None  # pixels (rows, cols) of a world of which a moving frame shows a part
    noise: int  # grey values by which noise changes each pixel of each frame, at most


class LookArrays:
    """One array for each column that a look publishes, and for what it gives by frame; None without that look."""

    rotations: np.ndarray | None  # (n, k): Degrees a frame, counterclockwise, by which each digit turns
    angles: np.ndarray | None  # in each frame, from rotations
    scalings: np.ndarray | None  # (n, k): Factor a frame by which each digit shrinks for 5 frames, then grows for 5...
    scales: np.ndarray | None  # in each frame, from scalings
    fadings: np.ndarray | None  # (n): Factor a frame by which all digits darken for 5 frames, then brighten for 5, ...
    brightness: np.ndarray | None  # in each frame, from fadings
    colours: np.ndarray | None  # (n, k): Colour of each digit
    occluders: np.ndarray | None  # (n, m, 4): Pixels (top, left, bottom, right) of each grey rectangle, the latter ...
    cameras: np.ndarray | None  # (n, t, 2): Pixels (row, col) of the frame's corner in the world, in each frame
    actions: np.ndarray | None  # in each frame, from cameras


# [[[end]]]
