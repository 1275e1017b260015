"""Pages of ``docs`` that people write, with one part that the code fills in: the fields of families and who sees them.

``make reference`` writes what stands between the two marks; a test fails when it drifts.
"""

from django.utils import translation
from django.utils.translation import gettext as _

from core.privacy import Whom
from privacy import published, register

BEGIN, END = "<!-- filled in by `make reference` -->\n", "<!-- end -->"
PAGES = {"impact-assessment.md": "en", "impact-assessment.zh.md": "zh-hans"}


def _table(head: list[str], rows: list[list[str]]) -> str:
    return "".join("| " + " | ".join(line) + " |\n" for line in [head, ["---"] * len(head), *rows])


def part(language: str) -> str:
    """Return the filled-in part in a language."""
    with translation.override(language):
        lines = register.lines()
        fields = [
            [
                str(whom.label),
                str(line.personal.what),
                str(line.personal.why),
                str(line.personal.kept.words),
                str(line.personal.seen_by),
                _("yes") if line.is_encrypted else "",
            ]
            for whom in (Whom.CHILD, Whom.GUARDIAN)
            for line in lines[whom]
        ]
        roles = [[f"{one.kind}: {one.role}", "; ".join(one.names), "; ".join(one.rest)] for one in published.roles()]
        heads = [_("Whose"), _("What we keep"), _("What for"), _("How long"), _("Who sees it"), _("stored encrypted")]
        seen = [_("Role"), _("Names of children or families"), _("Also seen")]
        return f"{_table(heads, fields)}\n{_table(seen, roles)}"


def fill(text: str, language: str) -> str:
    """Return a page with its part filled in.

    Raises:
        ValueError: the page lacks one of the marks.
    """
    before, _begin, rest = text.partition(BEGIN)
    _old, end, after = rest.partition(END)
    if not end:
        raise ValueError("The page lacks the marks between which it is filled in.")
    return f"{before}{BEGIN}\n{part(language)}\n{END}{after}"
