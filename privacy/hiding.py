"""Small numbers of people: a figure below five stays hidden, and so does what would give it away by subtraction.

``dashboards`` hides the figures of its reports likewise; the two stand on one layer and do not see each other.
"""

from collections.abc import Sequence

FEWEST = 5  # trust G7: fewer people than that are not counted in the open


def shown(parts: Sequence[int], *, with_total: bool = True) -> list[int | None]:
    """Return the parts, and their total last if there is to be one; what has to stay hidden is nothing.

    With a total, hidden parts are at least two and come to five people at least; failing that the total is hidden too.
    """
    hidden = {place for place, count in enumerate(parts) if 0 < count < FEWEST}
    told: list[int | None] = [None if place in hidden else count for place, count in enumerate(parts)]
    if not with_total:
        return told
    total: int | None = sum(parts)
    while hidden and (len(hidden) == 1 or sum(parts[place] for place in hidden) < FEWEST):
        further = [place for place, count in enumerate(parts) if count and place not in hidden]
        if not further:
            total = None
            break
        hidden.add(min(further, key=lambda place: parts[place]))
    return [*(None if place in hidden else count for place, count in enumerate(parts)), total]
