"""Refusals that a person may read."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class DomainError(Exception):
    """A rule said no. The sentence tells what happened and what to do, in the reader's language.

    Subclasses live beside the function that raises them and are named after the refusal.
    """

    def __init__(self, sentence: str | Promise, *, field: str | None = None) -> None:
        """Keep the sentence and, where one form field is to blame, that field's name."""
        super().__init__(sentence)
        self.sentence = sentence
        self.field = field

    def __str__(self) -> str:
        return str(self.sentence)


class StaleState(DomainError):
    """Somebody else changed the thing since the person looked at it."""


class SentByAnother(DomainError):
    """A form's one-time number was used by somebody else."""

    def __init__(self) -> None:
        super().__init__(_("This form was sent by somebody else already. Open the page again and fill in a new one."))
