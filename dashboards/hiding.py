"""Which figures must stay hidden so that nobody learns of a group of fewer than five people, not by subtraction either.

Each figure with a named month, provider, theme or area is a part of the figure that takes that one together: parts and
whole are an equation. A hidden figure must not follow from the shown ones of any equation that it stands in.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from heapq import heappop, heappush

from dashboards.figures import Key

FEWEST = 5  # trust G7: fewer people than that are not counted in the open
Counts = tuple[int, ...]


def hidden(cells: Mapping[Key, Counts], *, small: Mapping[Key, bool] | None = None) -> set[Key]:
    """Return the keys whose counts stay hidden: each that is small, and what has to stay hidden for its sake.

    ``cells`` hold counts of people that add up; ``small`` names further keys that are small for another reason.
    """
    found = {key for key, counts in cells.items() if any(0 < n < FEWEST for n in counts) or (small or {}).get(key)}
    equations = _equations(cells)
    waiting = _Waiting(equations)
    waiting.add(whole for key in found for whole in _wholes(key))
    while (equation := waiting.next()) is not None:
        further = _to_hide(cells, equation[0], equations[equation], found)
        if further is not None:
            found.add(further)
            waiting.add(_wholes(further))
    return found


_Equation = tuple[Key, int]  # the whole, and which place of its key the parts name


class _Waiting:
    """Equations to look at, in an order of their own: what is hidden must not change from one process to the next."""

    def __init__(self, equations: Mapping[_Equation, list[Key]]) -> None:
        self._names = {equation: str(equation) for equation in equations}
        self._heap: list[tuple[str, _Equation]] = []
        self._there: set[_Equation] = set()

    def add(self, equations: Iterable[_Equation]) -> None:
        """Note equations that are not waiting yet, if they are any of ours."""
        for one in equations:
            if one in self._names and one not in self._there:
                self._there.add(one)
                heappush(self._heap, (self._names[one], one))

    def next(self) -> _Equation | None:
        """Return the first and take it out, or nothing if none waits."""
        if not self._heap:
            return None
        _name, one = heappop(self._heap)
        self._there.remove(one)
        return one


def _equations(cells: Mapping[Key, Counts]) -> dict[_Equation, list[Key]]:
    parts: defaultdict[_Equation, list[Key]] = defaultdict(list)
    for key in cells:
        for place, named in enumerate(key):
            if named:
                parts[_without(key, place), place].append(key)
    return dict(parts)


def _without(key: Key, place: int) -> Key:
    parts: list[int | str | None] = list(key)
    parts[place] = 0 if place == 0 else None
    return tuple(parts)  # type: ignore[return-value]  # a key with one part taken together is a key


def _wholes(key: Key) -> set[_Equation]:
    """Return the equations in which a key stands, as a part or as the whole."""
    return {(_without(key, place), place) if named else (key, place) for place, named in enumerate(key)}


def _to_hide(cells: Mapping[Key, Counts], whole: Key, parts: list[Key], found: set[Key]) -> Key | None:
    """Return one more key to hide, if what is hidden follows from what is shown; nothing if all is well."""
    unknown = [key for key in parts if key in found]
    is_known = whole not in found
    if not unknown and is_known:
        return None
    together = [sum(cells[key][n] for key in unknown) for n in range(len(cells[whole]))]
    alone = len(unknown) + (not is_known) == 1
    if not alone and not (is_known and any(0 < n < FEWEST for n in together)):
        return None
    shown = [key for key in parts if key not in found and any(cells[key])]
    if shown:
        return min(shown, key=lambda key: (cells[key], str(key)))
    return whole if is_known else None
