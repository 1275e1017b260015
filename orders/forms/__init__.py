"""The forms of orders: writing a draft, and one for each verb."""

from orders.forms.draft import DetailsForm, RowForm, SeriesForm, rows_of
from orders.forms.verbs import (
    AcceptForm,
    ConfirmForm,
    CounterForm,
    FileForm,
    NoteForm,
    ReasonForm,
    ReportForm,
    RescheduleForm,
    ResolveForm,
    SeenForm,
)
from orders.forms.weather import AnswerForm, CallOffForm, DayForm, MoveForm

__all__ = [
    "AcceptForm",
    "AnswerForm",
    "CallOffForm",
    "ConfirmForm",
    "CounterForm",
    "DayForm",
    "DetailsForm",
    "FileForm",
    "MoveForm",
    "NoteForm",
    "ReasonForm",
    "ReportForm",
    "RescheduleForm",
    "ResolveForm",
    "RowForm",
    "SeenForm",
    "SeriesForm",
    "rows_of",
]
