"""Figures of the design system: icons, rings, bars, covers, stars. Sizes are SVG attributes, never inline style."""

import math
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, lru_cache
from typing import Any

from django import template
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

register = template.Library()

RING_STATES = frozenset({"todo", "done", "now", "broken", "stop"})
MONEY_PARTS = ("paid", "payable", "committed", "this", "available")
STEPS = 5
_HALF_ARC = math.radians(29.5)

# Dishes by theme, each on two cloths (a and c, b and d); the programme's number chooses among them.
COVERS: dict[str, tuple[str, ...]] = {
    "practice": ("practice-a", "practice-b", "practice-c", "practice-d"),
    "school": ("school-a", "school-c"),
    "safety": ("safety-a", "safety-b", "safety-c", "safety-d"),
    "law": ("law-a", "law-b", "law-c", "law-d"),
    "mind": ("mind-a", "mind-c"),
    "welfare": ("welfare-a", "welfare-b", "welfare-c", "welfare-d"),
    "culture": ("culture-a", "culture-c"),
    "science": ("science-a", "science-c"),
}
PLATES: dict[str, tuple[str, ...]] = {
    "practice": ("practice", "bowl"),
    "school": ("school",),
    "safety": ("safety", "sign"),
    "law": ("law", "book"),
    "mind": ("mind",),
    "welfare": ("welfare", "paw"),
    "culture": ("culture",),
    "science": ("science",),
}


@register.simple_tag
def icon(name: str, title: str = "") -> SafeString:
    """Write a line icon of the sprite; it is decoration unless ``title`` gives it words of its own."""
    href = f"{_address('icons.svg')}#i-{name}"
    if title:
        return format_html(
            '<svg class="icon" viewBox="0 0 24 24" role="img" aria-label="{}"><use href="{}"/></svg>', title, href
        )
    return _silent_icon(href)


@cache
def _address(name: str) -> str:
    """Return a static file's address: the same as long as the process runs."""
    return static(name)


@lru_cache(maxsize=512)
def _silent_icon(href: str) -> SafeString:
    return format_html('<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><use href="{}"/></svg>', href)


@register.simple_tag
def emblem() -> SafeString:
    """Write the site's emblem."""
    return format_html(
        '<svg viewBox="0 0 32 32" aria-hidden="true"><use href="{}#emblem"/></svg>', _address("icons.svg")
    )


def _angle(step: int) -> float:
    """Return where a step sits on the circle: the first at the top, then clockwise."""
    return math.radians(-90 + 72 * step)


def _arc(centre: tuple[float, float], radii: tuple[float, float], start: float, end: float, places: int) -> str:
    (x, y), (rx, ry) = centre, radii
    points = [(x + rx * math.cos(angle), y + ry * math.sin(angle)) for angle in (start, end)]
    (x1, y1), (x2, y2) = [(f"{px:.{places}f}", f"{py:.{places}f}") for px, py in points]
    return f"M{x1} {y1}A{rx:g} {ry:g} 0 0 1 {x2} {y2}"


_RING_ARCS = [_arc((10, 10), (8, 8), _angle(i) - _HALF_ARC, _angle(i) + _HALF_ARC, 2) for i in range(STEPS)]


def _checked(states: Sequence[str]) -> list[str]:
    found = list(states)
    if len(found) != STEPS or not RING_STATES.issuperset(found):
        raise template.TemplateSyntaxError(f"A ring has five states of {sorted(RING_STATES)}, not {found!r}.")
    return found


@register.simple_tag
def ring(states: Sequence[str], size: str = "s") -> SafeString:
    """Write the ring of five verbs (买做点品评): 16 px, or 32 px with ``size="m"``. Words must stand beside it."""
    paths = format_html_join("", '<path class="{}" d="{}"/>', zip(_checked(states), _RING_ARCS, strict=True))
    classes = "ring ring-m" if size == "m" else "ring"
    return format_html('<svg class="{}" viewBox="0 0 20 20" aria-hidden="true">{}</svg>', classes, paths)


def verbs() -> list[str]:
    """Return the five verbs in the page's language, from the League's on, clockwise."""
    return [
        pgettext("ring", "Buy"),
        pgettext("ring", "Cook"),
        pgettext("ring", "Order"),
        pgettext("ring", "Taste"),
        pgettext("ring", "Review"),
    ]


def loop_label(states: Sequence[str]) -> str:
    """Return the ring in words: what is done, whose turn it is."""
    words = list(zip(verbs(), states, strict=True))
    comma = pgettext("between the verbs of the ring", ", ")
    done = comma.join(word for word, state in words if state == "done")
    now = comma.join(word for word, state in words if state == "now")
    parts = [
        _("Loop of five verbs"),
        _("done: %(verbs)s") % {"verbs": done} if done else "",
        _("now: %(verbs)s") % {"verbs": now} if now else "",
    ]
    return pgettext("between parts of a label", "; ").join(part for part in parts if part)


def _lit(state: str) -> bool:
    return state in {"done", "now"}


def _loop_arcs(
    states: Sequence[str], centre: tuple[float, float], radii: tuple[float, float], gap: float
) -> SafeString:
    rows = []
    for step in range(STEPS):
        both = _lit(states[step]) and _lit(states[(step + 1) % STEPS])
        path = _arc(centre, radii, _angle(step) + gap, _angle(step + 1) - gap, 2)
        rows.append(("done" if both else "todo", path))
    return format_html_join("", '<path class="arc {}" d="{}"/>', rows)


def _signs_node(state: str, word: str, step: int) -> SafeString:
    x, y, now = 88 + 66 * math.cos(_angle(step)), 88 + 66 * math.sin(_angle(step)), state == "now"
    return format_html(
        '<circle class="node {}" cx="{}" cy="{}" r="{}"/><text x="{}" y="{}">{}</text>',
        *(state, f"{x:.1f}", f"{y:.1f}", 20 if now else 17, f"{x:.1f}", f"{y + (7.5 if now else 6.2):.1f}", word),
    )


def _words_node(state: str, word: str, step: int) -> SafeString:
    x, y = 104 + 72 * math.cos(_angle(step)), 90 + 66 * math.sin(_angle(step))
    return format_html(
        '<rect class="node {}" x="{}" y="{}" width="62" height="30" rx="15"/><text x="{}" y="{}">{}</text>',
        *(state, f"{x - 31:.1f}", f"{y - 15:.1f}", f"{x:.1f}", f"{y + 5:.1f}", word),
    )


@register.simple_tag
def loop(states: Sequence[str], mid: str = "", sub: str = "") -> SafeString:
    """Write the large ring with its verbs: one sign each in Chinese, words in pills elsewhere."""
    states, words = _checked(states), verbs()
    signs = all(len(word) == 1 for word in words)
    if signs:
        arcs, node, top, centre = _loop_arcs(states, (88, 88), (66, 66), math.radians(19)), _signs_node, 86, 88
    else:
        arcs, node, top, centre = _loop_arcs(states, (104, 90), (72, 66), 0), _words_node, 90, 104
    nodes = format_html_join("", "{}", [(node(states[i], words[i], i),) for i in range(STEPS)])
    return format_html(
        '<svg class="{}" viewBox="0 0 {} 176" role="img" aria-label="{}">{}{}'
        '<text class="mid" x="{}" y="{}">{}</text><text class="sub" x="{}" y="{}">{}</text></svg>',
        *("loop" if signs else "loop loop-words", 176 if signs else 208, loop_label(states), arcs, nodes),
        *(centre, top, mid, centre, top + 19, sub),
    )


def _pairs(parts: Any) -> list[tuple[str, int]]:
    if isinstance(parts, Mapping):
        return [(str(kind), int(amount)) for kind, amount in parts.items()]
    return [(part["kind"], part["amount"]) if isinstance(part, Mapping) else (part[0], part[1]) for part in parts]


def bar_widths(amounts: Iterable[int], total: int) -> list[tuple[float, float]]:
    """Return where each part of a bar begins and how wide it is, in per cent; the parts never pass the end."""
    placed, x = [], 0.0
    for amount in amounts:
        width = min(100 * max(amount, 0) / total, 100 - x) if total > 0 else 0.0
        placed.append((x, width))
        x += width
    return placed


@register.simple_tag
def bar(parts: Any, total: int, label: str = "", thin: bool = False) -> SafeString:
    """Write a money bar. ``parts``: pairs or a mapping of kind (``paid payable committed this available``) to amount.

    Without a label it is decoration: then the figures must stand beside it.
    """
    pairs = [(kind, amount) for kind, amount in _pairs(parts) if amount > 0]
    places = [
        (kind, *place) for (kind, _amount), place in zip(pairs, bar_widths([a for _k, a in pairs], total), strict=True)
    ]
    rects = format_html_join(
        "",
        '<rect class="m-{}" x="{}%" width="{}%" height="100%"/>',
        [(k, f"{x:.2f}", f"{w:.2f}") for k, x, w in places],
    )
    lines = format_html_join(
        "", '<line class="m-line" x1="{0}%" x2="{0}%" y2="100%"/>', [(f"{x:.2f}",) for _kind, x, _w in places[1:]]
    )
    said = format_html(' role="img" aria-label="{}"', label) if label else SafeString(' aria-hidden="true"')
    ground = SafeString('<rect class="m-available" width="100%" height="100%"/>')
    return format_html('<svg class="bar{}"{}>{}{}{}</svg>', " bar-thin" if thin else "", said, ground, rects, lines)


@register.simple_tag
def fill(taken: int, of: int, label: str = "") -> SafeString:
    """Write how full something is: a thin bar and ``17 / 24``."""
    (_x, width), *_rest = bar_widths([taken], of)
    words = label or _("%(taken)s of %(of)s taken") % {"taken": taken, "of": of}
    return format_html(
        '<span class="steps"><svg class="bar bar-thin fill" role="img" aria-label="{}">'
        '<rect class="m-committed" width="100%" height="100%"/><rect class="m-paid" width="{}%" height="100%"/></svg>'
        '<span class="num">{} / {}</span></span>',
        *(words, f"{width:.2f}", taken, of),
    )


@register.simple_tag
def pips(done: int, of: int) -> SafeString:
    """Write how many sessions of an order were held: a pip for each of up to ten, and ``6 / 10``."""
    words = _("%(done)s of %(of)s sessions held") % {"done": done, "of": of}
    shown = min(of, 10)
    lit = done if of <= 10 else round(10 * done / of)
    rects = format_html_join(
        "",
        '<rect class="{}" x="{}" width="7" height="8" rx="2"/>',
        [("on" if i < lit else "", i * 10) for i in range(shown)],
    )
    return format_html(
        '<span class="steps"><svg class="pips" viewBox="0 0 100 8" role="img" aria-label="{}">{}</svg>'
        '<span class="num">{} / {}</span></span>',
        *(words, rects, done, of),
    )


def _art(choices: dict[str, tuple[str, ...]], theme: str, number: int) -> str:
    names = choices.get(theme) or choices["practice"]
    return names[number % len(names)]


@register.simple_tag
def cover(theme: str, number: int = 0) -> SafeString:
    """Write a programme's cover without a photo: 3:2, dish by theme, cloth by number. Decoration."""
    return format_html(
        '<img class="cover" src="{}#cover-{}" alt="" width="600" height="400">',
        *(_address("covers.svg"), _art(COVERS, theme, number)),
    )


@register.simple_tag
def plate(theme: str, number: int = 0, size: int = 64) -> SafeString:
    """Write the plate alone: 1:1, round. Decoration."""
    return format_html(
        '<img class="plate" src="{}#plate-{}" alt="" width="{}" height="{}">',
        *(_address("covers.svg"), _art(PLATES, theme, number), size, size),
    )


@register.simple_tag
def stars(mean: float | None) -> SafeString:
    """Write a mean mark as five stars with its words; nothing where nobody rated."""
    if mean is None:
        return SafeString("")
    lit = math.floor(float(mean) + 0.5)
    href = f"{_address('icons.svg')}#i-star"
    signs = format_html_join(
        "",
        '<svg class="icon{}" viewBox="0 0 24 24" aria-hidden="true"><use href="{}"/></svg>',
        [("" if i < lit else " off", href) for i in range(5)],
    )
    words = _("%(mean)s of 5 stars") % {"mean": f"{float(mean):.1f}"}
    return format_html('<span class="stars" role="img" aria-label="{}">{}</span>', words, signs)


@register.simple_tag
def distribution(counts: Any) -> SafeString:
    """Write how many gave which mark, from 5 to 1; ``counts`` maps marks to numbers, or lists them for marks 1 to 5."""
    by_mark = dict(counts) if isinstance(counts, Mapping) else dict(enumerate(counts, start=1))
    total = sum(by_mark.values())
    names = [_("Very good"), _("Good"), _("Fair"), _("Poor"), _("Very poor")]
    rows = []
    for name, mark in zip(names, (5, 4, 3, 2, 1), strict=True):
        (_x, width), *_rest = bar_widths([by_mark.get(mark, 0)], total)
        said = ngettext("%(count)s review", "%(count)s reviews", by_mark.get(mark, 0)) % {"count": by_mark.get(mark, 0)}
        rows.append((name, f"{width:.1f}", by_mark.get(mark, 0), said))
    return format_html(
        '<ul class="dist">{}</ul>',
        format_html_join(
            "",
            '<li><span>{0}</span><svg class="bar bar-thin" aria-hidden="true"><rect class="m-available" width="100%" '
            'height="100%"/><rect class="m-paid" width="{1}%" height="100%"/></svg>'
            '<span class="num" title="{3}">{2}</span></li>',
            rows,
        ),
    )
