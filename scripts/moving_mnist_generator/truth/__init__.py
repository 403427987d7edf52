"""The truth about every pixel, computed from rows: masks, boxes, owners, flow, the camera's world. See `masks`."""

from ..recovery.frames import from_frames
from .masks import (  # noqa: F401 - values of `owners`
    BACKGROUND,
    OCCLUDER,
    flow_valid,
    ink_boxes,
    layers,
    optical_flow,
    owners,
    visible_masks,
    whole_masks,
)
from .reading import from_rows, repaint
from .world import camera_flow, render_world

__all__ = [
    "camera_flow",
    "flow_valid",
    "from_frames",
    "from_rows",
    "ink_boxes",
    "layers",
    "optical_flow",
    "owners",
    "render_world",
    "repaint",
    "visible_masks",
    "whole_masks",
]
