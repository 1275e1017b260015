"""An incident, and the officer who handles it."""

import pytest

from organisations.acting import Acting
from privacy.models import Incident
from tests.factories.privacy import make_incident, make_keeper


@pytest.fixture
def by() -> Acting:
    """The safeguarding officer of a League."""
    return make_keeper()


@pytest.fixture
def incident(by: Acting) -> Incident:
    """An open incident of hers."""
    return make_incident(by)
