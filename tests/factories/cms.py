"""The site's pages for tests."""

from datetime import date

from cms import services
from cms.models import HomePage

ON = date(2026, 11, 24)


def make_site() -> HomePage:
    """Every page in both languages."""
    return services.create_site(on=ON)
