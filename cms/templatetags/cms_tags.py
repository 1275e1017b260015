"""The round table of the home page: five plates, five verbs, and how often it was laid."""

import math
from typing import Any

from django import template
from django.templatetags.static import static

from core.templatetags.figures import verbs

register = template.Library()

_PLATES = ("practice", "bowl", "school", "science", "welfare")
_RADIUS, _RIM, _HALF = 136, 212, math.radians(21)


def _point(radius: float, angle: float) -> tuple[str, str]:
    return f"{radius * math.cos(angle):.2f}", f"{radius * math.sin(angle):.2f}"


@register.inclusion_tag("cms/includes/table_top.html")
def round_table(numbers: Any) -> dict[str, Any]:
    """Write the table; signs in circles in Chinese, words in pills elsewhere."""
    words = verbs()
    seats = []
    for step, (plate, word) in enumerate(zip(_PLATES, words, strict=True)):
        angle = math.radians(-90 + 72 * step)
        (x1, y1), (x2, y2) = _point(_RIM, angle - _HALF), _point(_RIM, angle + _HALF)
        x, y = 250 + _RADIUS * math.cos(angle), 233 + _RADIUS * math.sin(angle)
        seats.append(
            {
                "plate": f"{static('covers.svg')}#plate-{plate}",
                "word": word,
                "arc": f"M{x1} {y1}A{_RIM} {_RIM} 0 0 1 {x2} {y2}",
                "place": f"translate({x:.1f} {y:.1f})",
            }
        )
    return {"seats": seats, "signs": all(len(word) == 1 for word in words), "numbers": numbers}
