"""Form fields and error summaries of the design system: label, hint, error, input, in this order."""

from collections.abc import Iterator
from typing import Any

from django import forms, template
from django.forms import BoundField

from core.mistakes import mistakes

register = template.Library()

# Widgets of Django that need to be told their HTML type, and how it writes values.
_NATIVE: list[tuple[type[forms.Widget], str, str]] = [
    (forms.DateTimeInput, "datetime-local", "%Y-%m-%dT%H:%M"),
    (forms.DateInput, "date", "%Y-%m-%d"),
    (forms.TimeInput, "time", "%H:%M"),
]


def _make_native(widget: forms.Widget) -> None:
    for kind, html_type, written in _NATIVE:
        if isinstance(widget, kind) and getattr(widget, "input_type", "") == "text":
            widget.input_type = html_type  # type: ignore[attr-defined]
            widget.format = written  # type: ignore[attr-defined]
            return


def _kind(widget: forms.Widget) -> str:
    if widget.is_hidden:
        return "hidden"
    if isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple):
        return "choices"
    return "check" if isinstance(widget, forms.CheckboxInput) else "input"


def _attributes(bound: BoundField, kind: str, described: str) -> dict[str, Any]:
    widget, attrs = bound.field.widget, {}
    if kind == "input":
        attrs["class"] = f"input {widget.attrs.get('class', '')}".strip()
    if described:
        attrs["aria-describedby"] = described
    if bound.errors:
        attrs["aria-invalid"] = "true"
    if isinstance(widget, forms.Textarea) and widget.attrs.get("rows") == "10":
        attrs["rows"] = "4"
    return attrs


@register.inclusion_tag("components/field.html")
def field(
    bound: BoundField, label: str = "", hint: str = "", grid: str = "choices", optional: bool | None = None
) -> dict[str, Any]:
    """Write one form field, whatever its widget; ``label`` and ``hint`` replace the form's own.

    ``grid="two"`` puts two choices side by side. Optional fields say so, unless another answer
    decides (``optional=False``; the hint says which). A field's errors stand above its input.
    """
    widget = bound.field.widget
    _make_native(widget)
    kind, hint = _kind(widget), hint or str(bound.help_text or "")
    base = bound.auto_id or bound.html_name
    described = " ".join(
        part for part in (f"{base}_hint" if hint else "", f"{base}_error" if bound.errors else "") if part
    )
    is_written = kind in {"input", "check"}
    return {
        "bound": bound,
        "errors": [mistake.here for mistake in mistakes(bound, label)],
        "kind": kind,
        "label": label or bound.label,
        "hint": hint,
        "base": base,
        "described": described,
        "grid": grid,
        "optional": kind != "check" and (not bound.field.required if optional is None else optional),
        "control": bound.as_widget(attrs=_attributes(bound, kind, described)) if is_written else "",
        "options": list(bound) if kind == "choices" else [],
    }


def _target(bound: BoundField) -> str:
    """Return the id that an error links to: the input's, or the first choice's."""
    if _kind(bound.field.widget) == "choices":
        return f"{bound.auto_id}_0"
    return bound.id_for_label or bound.auto_id


def _forms(given: Any) -> Iterator[forms.BaseForm]:
    if given is None or given == "":
        return
    if hasattr(given, "forms"):
        yield from given.forms
    else:
        yield given


def problems(*given: Any) -> list[dict[str, str]]:
    """Return every error of forms and formsets, in the order of the page, each named and with the id of its input."""
    found = []
    for thing in given:
        if hasattr(thing, "non_form_errors"):
            found += [{"text": str(error), "target": ""} for error in thing.non_form_errors()]
        for form in _forms(thing):
            found += [{"text": str(error), "target": ""} for error in form.non_field_errors()]
            for bound in form:
                target = "" if bound.is_hidden else _target(bound)
                found += [{"text": mistake.listed, "target": target} for mistake in mistakes(bound)]
    return found


@register.inclusion_tag("components/error_summary.html")
def error_summary(*given: Any) -> dict[str, Any]:
    """Write, at the top of the page and focused, what must be corrected; nothing where nothing is wrong."""
    return {"problems": problems(*given)}


@register.simple_tag
def error_prefix(*given: Any) -> str:
    """Write the title's "Error: " where a form has errors."""
    from django.utils.translation import gettext as _

    return _("Error: ") if problems(*given) else ""
