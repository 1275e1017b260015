"""Files that expire, the log of erasures, and incidents with whom they concern."""

from privacy.models.files import FILE_LIFE, Erasure, PreparedFile, PreparedFileQuerySet, RetentionRun, private
from privacy.models.incident import Affected, Incident, IncidentHistory, IncidentQuerySet, Telling
from privacy.models.wish import ErasureWish, ErasureWishQuerySet

__all__ = [
    "FILE_LIFE",
    "Affected",
    "Erasure",
    "ErasureWish",
    "ErasureWishQuerySet",
    "Incident",
    "IncidentHistory",
    "IncidentQuerySet",
    "PreparedFile",
    "PreparedFileQuerySet",
    "RetentionRun",
    "Telling",
    "private",
]
