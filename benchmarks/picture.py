"""Draws time against size as SVG, on logarithmic axes, readable on light and dark pages."""

import math
from collections.abc import Mapping, Sequence

WIDTH, HEIGHT = 720, 420
LEFT, RIGHT, TOP, BOTTOM = 70, 110, 20, 50
COLORS = ("#3b82c4", "#c9772b", "#5a9a4a", "#8d8d8d")
"""Of middling lightness, so that they can be told from white and from black."""
TEXT = "#808080"
FONT = f'font-family="sans-serif" font-size="12" fill="{TEXT}" role="img"'


def picture(series: Mapping[str, Sequence[tuple[float, float]]], *, x: str, y: str) -> str:
    """Draw lines through points (x, y), all positive, with their names at their ends."""
    points = [point for line in series.values() for point in line]
    across = _scale([p[0] for p in points], LEFT, WIDTH - RIGHT)
    up = _scale([p[1] for p in points], HEIGHT - BOTTOM, TOP)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" {FONT}>',
        f"<title>{y} against {x}</title>",
        *_grid(across, up),
        f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 10}" text-anchor="middle">{x}</text>',
        f'<text x="{LEFT}" y="{TOP - 6}">{y}</text>',
    ]
    for color, (name, line) in zip(COLORS, series.items(), strict=False):
        parts += _line(name, [(across(a), up(b)) for a, b in line], color)
    return "\n".join([*parts, "</svg>", ""])


class _Scale:
    """A logarithmic axis: from a value to a place on the picture."""

    def __init__(self, values: Sequence[float], begins: float, ends: float) -> None:
        self.low = math.floor(math.log10(min(values)))
        self.high = max(math.ceil(math.log10(max(values))), self.low + 1)
        self.begins, self.ends = begins, ends

    def __call__(self, value: float) -> float:
        share = (math.log10(value) - self.low) / (self.high - self.low)
        return round(self.begins + share * (self.ends - self.begins), 1)

    @property
    def ticks(self) -> list[float]:
        return [10.0**power for power in range(self.low, self.high + 1)]


def _scale(values: Sequence[float], begins: float, ends: float) -> _Scale:
    return _Scale(values, begins, ends)


def _grid(across: _Scale, up: _Scale) -> list[str]:
    stroke = f'stroke="{TEXT}" stroke-opacity="0.3"'
    lines = []
    for tick in across.ticks:
        at = across(tick)
        lines += [
            f'<path d="M{at} {TOP}V{HEIGHT - BOTTOM}" {stroke}/>',
            f'<text x="{at}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{tick:,.0f}</text>',
        ]
    for tick in up.ticks:
        at = up(tick)
        lines += [
            f'<path d="M{LEFT} {at}H{WIDTH - RIGHT}" {stroke}/>',
            f'<text x="{LEFT - 8}" y="{at + 4}" text-anchor="end">{tick:g}</text>',
        ]
    return lines


def _line(name: str, points: Sequence[tuple[float, float]], color: str) -> list[str]:
    path = " ".join(f"{'L' if number else 'M'}{a} {b}" for number, (a, b) in enumerate(points))
    end = points[-1]
    return [
        f'<path d="{path}" fill="none" stroke="{color}" stroke-width="2"/>',
        *(f'<circle cx="{a}" cy="{b}" r="3" fill="{color}"/>' for a, b in points),
        f'<text x="{end[0] + 8}" y="{end[1] + 4}" fill="{color}">{name}</text>',
    ]
