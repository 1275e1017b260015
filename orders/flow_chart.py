"""A flow picture of three columns as SVG: sums on the left, what they became in the middle, where it went on the right.

A pure function of its numbers: no script, no style, sizes are attributes. Whoever shows it writes the words beside it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

WIDTH = 1168
COLUMNS = ((0, 196), (420, 210), (928, 240))  # where each begins, and how wide it is
GAPS = (2.0, 12.0, 12.0)
LEAST = 18.0  # so much height has a block at least, for its words
TALL = 386.0  # the height of all that flows, without the gaps


@dataclass(frozen=True)
class Block:
    """A rectangle with its words: what it is called, its amount in words, and the class that colours it."""

    label: str
    amount: int
    said: str
    tone: str


@dataclass(frozen=True)
class Ribbon:
    """An amount that goes from a block of one column to a block of the next."""

    source: int
    target: int
    amount: int


@dataclass(frozen=True)
class Placed:
    """A block's place: its top, its height, and how high what flows through it is."""

    top: float
    height: float
    flow: float


def place(amounts: Sequence[int], unit: float, gap: float) -> list[Placed]:
    """Return where the blocks of a column stand, one under the other; ``unit`` is the height of one minor unit."""
    placed, top = [], 0.0
    for amount in amounts:
        flow = amount * unit
        height = max(flow, LEAST)
        placed.append(Placed(top, height, flow))
        top += height + gap
    return placed


def ribbons(
    flows: Sequence[Ribbon], left: Sequence[Placed], right: Sequence[Placed], unit: float, span: tuple[int, int]
) -> list[str]:
    """Return the paths of what flows between two columns: at either end one lies under the other, in their order."""
    (start, end), middle = span, sum(span) / 2
    at_left = [one.top + (one.height - one.flow) / 2 for one in left]
    at_right = [one.top + (one.height - one.flow) / 2 for one in right]
    paths = []
    for flow in flows:
        thick, y1, y2 = flow.amount * unit, at_left[flow.source], at_right[flow.target]
        at_left[flow.source] += thick
        at_right[flow.target] += thick
        paths.append(
            f"M{start} {y1:.1f}C{middle:g} {y1:.1f} {middle:g} {y2:.1f} {end} {y2:.1f}"
            f"V{y2 + thick:.1f}C{middle:g} {y2 + thick:.1f} {middle:g} {y1 + thick:.1f} {start} {y1 + thick:.1f}Z"
        )
    return paths


def draw(columns: Sequence[Sequence[Block]], flows: Sequence[Sequence[Ribbon]], label: str) -> SafeString:
    """Return the picture of three columns and of what flows from the first to the second and on to the third."""
    whole = max(sum(block.amount for block in column) for column in columns) or 1
    unit = TALL / whole
    placed = [place([block.amount for block in column], unit, gap) for column, gap in zip(columns, GAPS, strict=True)]
    bottom = max((one.top + one.height for column in placed for one in column), default=0)
    drawn = [_streams(number, columns, flows[number], placed, unit) for number in (0, 1)]
    blocks = [
        _block(block, one, COLUMNS[number])
        for number, column in enumerate(columns)
        for block, one in zip(column, placed[number], strict=True)
    ]
    return format_html(
        '<svg class="flow" viewBox="0 0 {} {}" role="img" aria-label="{}">{}{}</svg>',
        *(WIDTH, f"{bottom + 2:.0f}", label, SafeString("".join(drawn)), SafeString("".join(blocks))),
    )


def _streams(
    number: int,
    columns: Sequence[Sequence[Block]],
    flows: Sequence[Ribbon],
    placed: Sequence[Sequence[Placed]],
    unit: float,
) -> str:
    """Return the ribbons between a column and the next, each in the colour of its block in the middle."""
    (left, wide), (right, _wide) = COLUMNS[number], COLUMNS[number + 1]
    paths = ribbons(flows, placed[number], placed[number + 1], unit, (left + wide, right))
    tones = [columns[1][flow.source if number else flow.target].tone for flow in flows]
    rows = [(f"flow-{tone}" if number else "flow-in", path) for tone, path in zip(tones, paths, strict=True)]
    return format_html_join("", '<path class="{}" d="{}"/>', rows)


def _block(block: Block, one: Placed, column: tuple[int, int]) -> str:
    x, wide = column
    return format_html(
        '<g class="block b-{}"><rect x="{}" y="{}" width="{}" height="{}"/><text x="{}" y="{}">{}</text>'
        '<text class="end" x="{}" y="{}">{}</text></g>',
        *(block.tone, x, f"{one.top:.1f}", wide, f"{one.height:.1f}", x + 12, f"{one.top + one.height / 2 + 5:.1f}"),
        *(block.label, x + wide - 12, f"{one.top + one.height / 2 + 5:.1f}", block.said),
    )
