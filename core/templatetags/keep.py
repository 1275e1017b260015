"""Pieces of pages that are the same for many people, kept for a minute by each process."""

from django import template
from django.template.base import FilterExpression, NodeList, Parser, Token
from django.template.context import Context
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from core.memory import Memory

register = template.Library()
SECONDS = 60
_TOKEN_HERE = "token-stands-here"  # noqa: S105  where each request's own token of Django is put
_pieces: Memory[SafeString] = Memory(SECONDS)


class KeepNode(template.Node):
    """Write a piece as it is remembered for its name, the language and the given values, with this request's token."""

    def __init__(self, nodelist: NodeList, name: str, values: list[FilterExpression]) -> None:
        self.nodelist, self.name, self.values = nodelist, name, values

    def render(self, context: Context) -> SafeString:
        """Write the piece, afresh where it is not remembered."""
        key = (self.name, get_language(), *(value.resolve(context) for value in self.values))
        piece = _pieces.get(key)
        if piece is None:
            with context.push(csrf_token=_TOKEN_HERE):
                piece = _pieces.put(key, self.nodelist.render(context))
        if _TOKEN_HERE not in piece:
            return piece
        return mark_safe(piece.replace(_TOKEN_HERE, str(context.get("csrf_token", ""))))  # noqa: S308  a token of Django


@register.tag
def keep(parser: Parser, token: Token) -> KeepNode:
    """Keep what stands until ``endkeep`` for a minute: ``{% keep name value … %}``.

    The values decide what the piece says: every variable in it that may differ is named, plain values only (no models).
    What only the visitor may see is not kept.
    """
    name, *values = token.split_contents()[1:]
    nodelist = parser.parse(("endkeep",))
    parser.delete_first_token()
    return KeepNode(nodelist, name, [parser.compile_filter(value) for value in values])
