"""Samples for the style guide: every token and component once, with invented content."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from core.forms import DayField
from core.templatetags.form_fields import problems
from core.templatetags.ui import TONES

_SWATCHES = [
    ("ink9", "ink-900", "#16212B (16.3)", gettext_lazy("text")),
    ("ink7", "ink-700", "#3A4854 (9.4)", gettext_lazy("secondary text")),
    ("ink5", "ink-500", "#566470 (6.1)", gettext_lazy("hints, captions")),
    ("line5", "line-500", "#75838E (3.9)", gettext_lazy("borders of inputs")),
    ("line3", "line-300", "#D3DADF", gettext_lazy("dividing lines")),
    ("page", "page", "#F6F8F9", gettext_lazy("ground of work pages")),
    ("brand8", "brand-800", "#08464F (10.5)", gettext_lazy("pressed")),
    ("brand7", "brand-700", "#0B5B66 (7.8)", gettext_lazy("primary button, chosen")),
    ("brand6", "brand-600", "#0F6E7A (6.0)", gettext_lazy("ring: done")),
    ("brand3", "brand-300", "#8CC3C8", gettext_lazy("decoration")),
    ("brand0", "brand-50", "#E6F3F4", gettext_lazy("chosen row")),
    ("lit", "lit", "#FFBF1F (9.9)", gettext_lazy("it is here: the one accent")),
    ("rice0", "rice-50", "#FFFDF8", gettext_lazy("ground of public pages")),
    ("rice1", "rice-100", "#F8F1E2", gettext_lazy("bands of public pages")),
    ("rice3", "rice-300", "#E4D8C0", gettext_lazy("tear lines")),
    ("red", "league-red", "#B3261E (6.5)", gettext_lazy("only in the emblem")),
    ("link", "link", "#0A5A8A (7.4)", gettext_lazy("links, always underlined")),
    ("focus", "focus", "#FFBF1F + #16212B", gettext_lazy("focus: yellow and dark ring")),
]
_THEMES = [
    ("practice", gettext_lazy("Weekend practice")),
    ("school", gettext_lazy("After school")),
    ("safety", gettext_lazy("Safety")),
    ("law", gettext_lazy("Rule of law")),
    ("mind", gettext_lazy("Well-being")),
    ("welfare", gettext_lazy("Public welfare")),
    ("culture", gettext_lazy("Traditional culture")),
    ("science", gettext_lazy("Science")),
]
_ICONS = (
    "bell building cal check clock doc done down download drop edit family flag info left list lock map money msg "
    "offline out people phone pin plus pot print queue repeat right scan search share shield star stop text undo user "
    "vest warn x"
)
# One letter for each of 买做点品评: todo, done, now, broken.
_ORDER_STATES = [
    ("ttntt", "neutral", "", gettext_lazy("Draft"), gettext_lazy("the office is writing")),
    ("tndtt", "info", "", gettext_lazy("Waiting for the provider"), gettext_lazy("the NGO's turn")),
    ("tdntt", "info", "", gettext_lazy("New dates to confirm"), gettext_lazy("the office's turn")),
    ("nddtt", "info", "", gettext_lazy("Waiting for the League"), gettext_lazy("the League's turn")),
    ("dddnt", "success", "", pgettext_lazy("order", "Approved"), gettext_lazy("the children's turn")),
    ("ddddn", "info", "", gettext_lazy("Delivered, to be confirmed"), gettext_lazy("the office rates")),
    ("ndddb", "danger", "", gettext_lazy("Disputed"), gettext_lazy("the League mediates")),
    ("ndddd", "info", "", gettext_lazy("To be settled"), gettext_lazy("the League pays")),
    ("ddddd", "success", "done", gettext_lazy("Settled"), gettext_lazy("the ring is closed")),
    ("ttttt", "neutral", "stop", gettext_lazy("Declined"), gettext_lazy("with a reason")),
    ("ttttt", "neutral", "stop", gettext_lazy("Not approved"), gettext_lazy("with a reason")),
    ("ttttt", "neutral", "stop", gettext_lazy("Cancelled"), gettext_lazy("with a reason")),
    ("ttttt", "neutral", "clock", gettext_lazy("Expired"), gettext_lazy("nobody answered in time")),
]
_LETTERS = {"t": "todo", "d": "done", "n": "now", "b": "broken"}


class SampleForm(forms.Form):
    """One field of each kind."""

    nickname = forms.CharField(
        label=gettext_lazy("What the child is called"),
        help_text=gettext_lazy("The teacher on site says this name; it need not be the full one."),
    )
    phone = forms.CharField(label=gettext_lazy("Your phone number"))
    born = DayField(label=gettext_lazy("Born on"), required=False, widget=forms.DateInput)
    wishes = forms.CharField(label=gettext_lazy("What should we know?"), required=False, widget=forms.Textarea)
    place = forms.ChoiceField(label=gettext_lazy("Where"), choices=[("1", "瑞景街道"), ("2", "天穆镇")])
    photos = forms.ChoiceField(
        label=gettext_lazy("May the child be in photos?"),
        help_text=gettext_lazy("Without photos the child takes part just the same."),
        choices=[("no", gettext_lazy("No photos")), ("yes", gettext_lazy("Photos are fine"))],
        widget=forms.RadioSelect,
    )
    agree = forms.BooleanField(
        label=gettext_lazy("The child may take part in this session"),
        help_text=gettext_lazy("We use the name, the age and your phone number, and delete them after 30 days."),
    )

    def clean_phone(self) -> str:
        """Refuse the sample's phone number, to show an error."""
        raise forms.ValidationError(_("A phone number has 11 digits; this one has 10."))


def states(letters: str) -> list[str]:
    """Return the five states of a ring from a word such as ``nddtt``."""
    return [_LETTERS[letter] for letter in letters]


def _orders() -> list[dict[str, Any]]:
    return [
        {"ring": states(letters), "tone": tone, "icon": icon, "text": text, "small": small}
        for letters, tone, icon, text, small in _ORDER_STATES
    ]


def _badges() -> list[tuple[str, str, str]]:
    return [
        (_("Open for sign-up"), "success", "people"),
        (_("3 places left"), "warn", "people"),
        (_("Full · number 4 in line"), "queue", "queue"),
        (_("Paid"), "success", "done"),
        (_("Returned"), "neutral", "stop"),
        (_("Payment failed"), "danger", "warn"),
        (_("Check expired"), "danger", "warn"),
        (_("Background check valid"), "success", "shield"),
    ]


def _parts() -> list[dict[str, Any]]:
    return [
        {"kind": "paid", "label": _("Paid out"), "amount": 1_400_000},
        {"kind": "payable", "label": _("Payable"), "amount": 360_000},
        {"kind": "committed", "label": _("Committed"), "amount": 1_280_000},
        {"kind": "this", "label": _("This order"), "amount": 640_000},
        {"kind": "available", "label": _("Left after approval"), "amount": 320_000, "small": _("now ¥9,600.00")},
    ]


def _timeline() -> list[dict[str, Any]]:
    return [
        {"what": _("Waiting for the League"), "who": _("the officers who approve"), "when": _("now"), "now": True},
        {"what": _("Licence, people, venues and budget were checked"), "when": "16:42", "system": True},
        {"what": _("The provider accepted"), "note": "三位社工都能到。", "note_lang": "zh-Hans", "when": "16:42"},
    ]


def samples(now: datetime) -> dict[str, Any]:
    """Return what the style guide shows."""
    form = SampleForm({"nickname": "小满", "phone": "138 0000 000", "place": "1", "photos": "no", "agree": "on"})
    orders, parts = _orders(), _parts()
    return {
        "swatches": [{"css": css, "name": name, "value": value, "use": use} for css, name, value, use in _SWATCHES],
        "themes": _THEMES,
        "icons": _ICONS.split(),
        "tones": sorted(TONES),
        "orders": orders,
        "waiting": orders[3],
        "approved": orders[4],
        "badges": _badges(),
        "form": form,
        "problems": problems(form),
        "parts": parts,
        "total": sum(part["amount"] for part in parts),
        "timeline": _timeline(),
        "ring": states("dddnt"),
        "loop_mid": pgettext("style guide", "Lit"),
        "starts": now,
        "ends": now + timedelta(minutes=90),
        "page": Paginator(range(70), 10).page(3),
        "counts": {5: 53, 4: 8, 3: 1, 2: 1, 1: 0},
        "hostile": "<b>“Ann”</b> & 𠮷野 🎈",
    }
