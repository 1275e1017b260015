"""The form of a picture for the pages. Wagtail uses it wherever its admin takes one."""

from typing import Any

from django import forms
from django.core.files.base import ContentFile
from wagtail.images.fields import WagtailImageField
from wagtail.images.forms import BaseImageForm

from core.errors import DomainError
from core.files import clean_image


class PictureField(WagtailImageField):
    """A picture that everybody will see: judged by its content and encoded anew, like every other one."""

    def to_python(self, data: Any) -> "ContentFile[bytes] | None":
        """Return it without metadata. Wagtail keeps place and camera in every size, and stumbles over a torn file."""
        if forms.FileField.to_python(self, data) is None:
            return None
        try:
            return clean_image(data)
        except DomainError as refusal:
            raise forms.ValidationError(str(refusal)) from None


class PictureForm(BaseImageForm):
    """What Wagtail asks about a picture; where it takes a file, through a field of ours."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if theirs := self.fields.get("file"):
            self.fields["file"] = PictureField(label=theirs.label, required=theirs.required, widget=theirs.widget)
