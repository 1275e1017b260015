"""The records from which the gate answers: texts, consents, checks, pledges, trainings, suspensions."""

from safeguarding.models.consent import Consent, ConsentHistory, ConsentQuerySet
from safeguarding.models.family import FamilySuspension, FamilySuspensionHistory
from safeguarding.models.health import HealthNote, HealthNoteQuerySet
from safeguarding.models.text import ConsentText, PledgeText, Purpose, TextQuerySet
from safeguarding.models.worker import BackgroundCheck, Pledge, Suspension, Training, WorkerHistory

__all__ = [
    "BackgroundCheck",
    "Consent",
    "ConsentHistory",
    "ConsentQuerySet",
    "ConsentText",
    "FamilySuspension",
    "FamilySuspensionHistory",
    "HealthNote",
    "HealthNoteQuerySet",
    "Pledge",
    "PledgeText",
    "Purpose",
    "Suspension",
    "TextQuerySet",
    "Training",
    "WorkerHistory",
]
