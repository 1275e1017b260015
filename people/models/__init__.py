"""Guardians, children, who answers for whom, who may fetch them, and what an office still has to tell somebody."""

from people.models.child import Child, ChildHistory, ChildQuerySet
from people.models.family_import import FamilyImport, FamilyImportQuerySet
from people.models.guardian import Guardian, GuardianQuerySet, Guardianship, GuardianshipQuerySet
from people.models.links import GuardianLink, GuardianLinkQuerySet, YouthLink
from people.models.pick_up import PickUpPerson, PickUpPersonQuerySet
from people.models.to_tell import ToTell, ToTellQuerySet

__all__ = [
    "Child",
    "ChildHistory",
    "ChildQuerySet",
    "FamilyImport",
    "FamilyImportQuerySet",
    "Guardian",
    "GuardianLink",
    "GuardianLinkQuerySet",
    "GuardianQuerySet",
    "Guardianship",
    "GuardianshipQuerySet",
    "PickUpPerson",
    "PickUpPersonQuerySet",
    "ToTell",
    "ToTellQuerySet",
    "YouthLink",
]
