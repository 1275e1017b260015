"""The forms of sessions."""

from activities.forms.crew import AssignForm, PlacesForm, SubstituteForm
from activities.forms.door import AnnounceForm, BadUpload, CloseForm, HandOverForm, ReopenForm, WalkInForm, read_upload
from activities.forms.noshow import DecideForm, ObjectForm, RuleForm
from activities.forms.review import HideForm, InviteForm, ReplyForm, ReviewForm
from activities.forms.sign_up import CancelForm, LeaveForm, ManyForm, SignUpForm

__all__ = [
    "AnnounceForm",
    "AssignForm",
    "BadUpload",
    "CancelForm",
    "CloseForm",
    "DecideForm",
    "HandOverForm",
    "HideForm",
    "InviteForm",
    "LeaveForm",
    "ManyForm",
    "ObjectForm",
    "PlacesForm",
    "ReopenForm",
    "ReplyForm",
    "ReviewForm",
    "RuleForm",
    "SignUpForm",
    "SubstituteForm",
    "WalkInForm",
    "read_upload",
]
