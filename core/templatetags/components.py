"""Composed parts of the design system: timelines and paging."""

from typing import Any

from django import template
from django.core.paginator import Page
from django.template import Context

from core.paging import Steps

register = template.Library()


@register.inclusion_tag("components/timeline.html")
def timeline(entries: Any) -> dict[str, Any]:
    """Write what happened, newest first.

    An entry has ``what``, and may have ``who``, ``note``, ``note_lang``, ``when``, ``system``, ``now`` and ``files``
    (each with ``url`` and ``name``).
    """
    return {"entries": entries}


def address_with(context: Context, **changes: str) -> str:
    """Return the query string of this page with some parameters replaced; an empty value removes one."""
    request = context.get("request")
    query = request.GET.copy() if request is not None else {}
    for name, value in changes.items():
        if value:
            query[name] = value
        else:
            query.pop(name, None)
    encoded: str = query.urlencode() if hasattr(query, "urlencode") else ""
    return f"?{encoded}"


@register.simple_tag(takes_context=True)
def query(context: Context, **changes: Any) -> str:
    """Write this page's query string with some parameters replaced: ``{% query sort="new" page="" %}``."""
    return address_with(context, **{name: str(value) for name, value in changes.items()})


@register.inclusion_tag("components/pager.html", takes_context=True)
def pager(context: Context, page: Page[Any]) -> dict[str, Any]:
    """Write the links to a list's other pages; nothing where there is only one. Filters stay in the address."""
    numbers = page.paginator.get_elided_page_range(page.number, on_each_side=2, on_ends=1)
    items = [
        {"number": number, "url": address_with(context, page=str(number)) if isinstance(number, int) else ""}
        for number in numbers
    ]
    around = {
        "previous": address_with(context, page=str(page.previous_page_number())) if page.has_previous() else "",
        "next": address_with(context, page=str(page.next_page_number())) if page.has_next() else "",
    }
    return {"page": page, "items": items, **around}


@register.inclusion_tag("components/steps.html", takes_context=True)
def steps(context: Context, page: Steps[Any], to: str = "", at: str = "") -> dict[str, Any]:
    """Write the way to a long list's neighbouring pages, and back to its first; ``to`` is the list's place on the page.

    Filters stay in the address. ``at`` is the list's own, where the page may also answer a form sent to another one.
    """

    def address(**changes: int | str | None) -> str:
        own = {f"{page.name}{key}": str(changes.get(key) or "") for key in ("after", "before")}
        return at + address_with(context, **own) + (f"#{to}" if to else "")

    return {
        "first": address() if page.previous else "",
        "previous": address(before=page.previous) if page.previous else "",
        "next": address(after=page.next) if page.next else "",
    }


@register.inclusion_tag("components/crumbs.html")
def crumbs(*steps: Any) -> dict[str, Any]:
    """Write where one is: pairs of label and address, and the page itself last without one.

    ``{% crumbs _("Orders") orders_url order.number %}``
    """
    labels, urls = steps[::2], [*steps[1::2], ""]
    return {"steps": [{"label": label, "url": url} for label, url in zip(labels, urls, strict=False)]}
