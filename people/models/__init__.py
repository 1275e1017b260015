"""Guardians, children, who answers for whom, and what an office still has to tell somebody."""

from people.models.child import Child, ChildHistory, ChildQuerySet, YouthLink
from people.models.guardian import Guardian, GuardianQuerySet, Guardianship, GuardianshipQuerySet
from people.models.to_tell import ToTell, ToTellQuerySet

__all__ = [
    "Child",
    "ChildHistory",
    "ChildQuerySet",
    "Guardian",
    "GuardianQuerySet",
    "Guardianship",
    "GuardianshipQuerySet",
    "ToTell",
    "ToTellQuerySet",
    "YouthLink",
]
