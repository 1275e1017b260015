"""Programmes for tests."""

import uuid
from datetime import UTC, datetime
from itertools import count
from typing import Any

from catalog import lifecycle, services
from catalog.models import Programme
from organisations.acting import Acting
from organisations.models import Organisation
from tests.factories.organisations import make_member, make_organisation

LONG_AGO = datetime(2026, 9, 1, 2, 0, tzinfo=UTC)
_number = count(1)


def make_content(**fields: Any) -> dict[str, Any]:
    """Everything that a programme says, with three steps."""
    n = next(_number)
    steps = [
        {"mark": mark, "title": title, "title_en": title_en, "text": "", "text_en": "", "minutes": 30}
        for mark, title, title_en in [("看", "走小区", "Walk"), ("问", "采访邻居", "Ask"), ("讲", "小辩论", "Debate")]
    ]
    return {
        "theme": "welfare",
        "title": f"养犬文明调查{n}",
        "title_en": f"Dogs next door {n}",
        "summary": "让孩子自己去看、去问、去讲。",
        "summary_en": "Children look, ask and tell.",
        "steps": steps,
        "price": 80_000,
        "duration_minutes": 90,
        "min_age": 8,
        "max_age": 12,
        "min_group": 16,
        "max_group": 24,
        "lead_days": 7,
        "crew_size": 2,
        **fields,
    }


def make_draft(*, provider: Organisation | None = None, by: Acting | None = None, **content: Any) -> Programme:
    """A draft of a provider's manager."""
    by = by or make_member(provider or make_organisation("provider"), "manager")
    return services.create_draft(by=by, content=make_content(**content), now=LONG_AGO)


def make_programme(
    *, provider: Organisation | None = None, by: Acting | None = None, officer: Acting | None = None, **content: Any
) -> Programme:
    """A programme on the menu; ``programme.current_version`` is its first version."""
    by = by or make_member(provider or make_organisation("provider"), "manager")
    officer = officer or make_member(make_organisation("league"), "officer")
    programme = make_draft(by=by, **content)
    programme = lifecycle.submit(programme, by=by, now=LONG_AGO)
    return lifecycle.publish(programme, by=officer, now=LONG_AGO)


def as_sent(**changes: Any) -> dict[str, Any]:
    """What the browser sends for a whole programme with one step."""
    content = make_content()
    data = {name: value for name, value in content.items() if name != "steps"}
    data |= {"price": "800.00", "volunteers_wanted": 0, "submission_id": str(uuid.uuid4())}
    data |= {"steps-TOTAL_FORMS": 3, "steps-INITIAL_FORMS": 0, "steps-0-title": "走小区", "steps-0-minutes": 35}
    return data | changes
