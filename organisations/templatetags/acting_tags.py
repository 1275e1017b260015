"""The hidden fields that stand in every form: the token, and the organisation for which the form was opened."""

from django import template
from django.template.base import Parser, Token
from django.template.context import Context
from django.template.defaulttags import CsrfTokenNode
from django.utils.html import format_html

from organisations.middleware import OPENED_FOR, acting_id

register = template.Library()


class OpenedForNode(CsrfTokenNode):
    """Write Django's token and, for who is signed in, the acting organisation."""

    def render(self, context: Context) -> str:
        """Write both fields."""
        token = super().render(context)
        acting = getattr(context.get("request"), "acting", None)
        if not acting or acting.user is None:
            return token
        return format_html('{}<input type="hidden" name="{}" value="{}">', token, OPENED_FOR, acting_id(acting))


@register.tag
def csrf_token(parser: Parser, token: Token) -> OpenedForNode:
    """Take the place of Django's own tag, so that no form can forget for whom it was opened."""
    return OpenedForNode()
