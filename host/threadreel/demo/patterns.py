"""Pretty patterns from a seed: a palette and rows of palette indices, for the encoders to turn into files.

A pattern is the sum of three waves, each a slice of one precomputed line, so that a large picture takes milliseconds.
"""

from __future__ import annotations

import math
import random
from colorsys import hls_to_rgb
from dataclasses import dataclass

#: colours of a palette: the GIF encoder needs indices of seven bits
COLOURS = 128
_WAVES = 3
#: each wave stays below this, so that the sum of all is an index and adding whole rows never carries
_AMPLITUDE = (COLOURS - 1) // _WAVES


@dataclass(frozen=True, slots=True)
class Pattern:
    """``rows`` of palette indices, one byte a pixel; ``palette`` of ``COLOURS`` red-green-blue triples."""

    width: int
    height: int
    palette: tuple[tuple[int, int, int], ...]
    rows: tuple[bytes, ...]


def draw(seed: str, width: int, height: int) -> Pattern:
    """The pattern of this seed at this size in pixels; equal for equal arguments."""
    source = random.Random(seed)
    palette = _palette(source)
    waves = [_wave_rows(source, width, height) for _ in range(_WAVES)]
    rows = tuple(
        sum(int.from_bytes(wave[y], "big") for wave in waves).to_bytes(
            width, "big"
        )  # no byte can carry: see _AMPLITUDE
        for y in range(height)
    )
    return Pattern(width, height, palette, rows)


def _palette(source: random.Random) -> tuple[tuple[int, int, int], ...]:
    hue, drift, contrast = source.random(), source.uniform(-0.45, 0.45), source.uniform(0.2, 0.3)
    colours = []
    for step in range(COLOURS):
        share = step / (COLOURS - 1)
        lightness = 0.5 - contrast * math.cos(2 * math.pi * share)
        red, green, blue = hls_to_rgb((hue + drift * share) % 1.0, lightness, 0.62)
        colours.append((round(red * 255), round(green * 255), round(blue * 255)))
    return tuple(colours)


def _wave_rows(source: random.Random, width: int, height: int) -> list[bytes]:
    slope, bend = source.choice((-1, 0, 1)), source.uniform(0.02, 0.12) * width
    length, phase = source.uniform(0.25, 1.1) * width, source.random() * 2 * math.pi
    starts = [round(slope * y + bend * (1 + math.sin(2 * math.pi * y / height + phase))) for y in range(height)]
    first = min(starts)
    line = bytes(
        round(_AMPLITUDE / 2 * (1 + math.sin(2 * math.pi * x / length + phase)))
        for x in range(max(starts) - first + width)
    )
    return [line[start - first : start - first + width] for start in starts]
