"""What ``verify`` asks about the figures of the reports."""

from django.db.models import Sum

from core.invariants import Finding, Invariant
from dashboards import figures, rollup
from dashboards.models import Figure, Spent
from funding.models import BudgetLine


def figures_true() -> Finding:
    """dashboards.figures: what the reports show is what the rows say, or will be with the next reading.

    Where something happened since the last reading, and before the first one, nothing is judged.
    """
    known = rollup.mark()
    if known is None:
        return Finding(0)
    late = rollup.touched(known)
    if late is None:
        return Finding(0)
    breaches: list[str] = []
    for league in figures.leagues():
        for year in {*figures.years(league), *rollup.kept_years(league)}:
            awaited = {figures.shaped(key, shape) for key in late.get((league, year), ()) for shape in figures.shapes()}
            wanted, kept = rollup.all_of(league, year), rollup.stored(league, year)
            breaches += [
                f"League {league}, {year}, {key}"
                for key in sorted(wanted.keys() | kept.keys(), key=str)
                if key not in awaited and _differs(wanted.get(key), kept.get(key))
            ]
    return Finding(Figure.objects.count(), breaches)


def _differs(wanted: figures.Numbers | None, kept: Figure | None) -> bool:
    return wanted is None or kept is None or any(getattr(kept, name) != wanted[name] for name in rollup.COUNTED)


def few_hidden() -> Finding:
    """G7: no report shows a group of fewer than five people, nor lets anybody subtract one."""
    breaches = []
    places = Figure.objects.order_by("league", "year").values_list("league", "year").distinct()
    for league, year in places:
        kept = rollup.stored(league, year)
        numbers = {key: {name: getattr(row, name) for name in rollup.COUNTED} for key, row in kept.items()}
        people, marks = rollup.hidden_of(numbers)
        breaches += [
            f"League {league}, {year}, {key}"
            for key, row in kept.items()
            if (key in people and not row.hides_people) or (key in marks and not row.hides_marks)
        ]
    return Finding(Figure.objects.count(), breaches)


def money_true() -> Finding:
    """D12: what the reports call spent is what the budget lines call paid, to the cent."""
    known = rollup.mark()
    if known is None:
        return Finding(0)
    awaited = set(rollup.leagues_that_paid(known))
    by, of = ("league", "currency"), ("fund__league", "fund__currency")
    told = {(league, unit): n for league, unit, n in Spent.objects.values_list(*by).annotate(n=Sum("amount"))}
    paid = {(league, unit): n for league, unit, n in BudgetLine.objects.values_list(*of).annotate(n=Sum("paid"))}
    breaches = [
        f"League {league}, {unit}"
        for league, unit in sorted(told.keys() | paid.keys())
        if league not in awaited and told.get((league, unit), 0) != paid.get((league, unit), 0)
    ]
    return Finding(Spent.objects.count(), breaches)


INVARIANTS = [
    Invariant("dashboards.figures", "Reports show what the rows say.", figures_true),
    Invariant("D12", "Reports call spent what the ledger calls paid.", money_true),
    Invariant("G7", "Reports show no group of fewer than five people.", few_hidden),
]
