"""The list of accounts in the pages' admin: to read, and nothing else.

An account is made by signing up, changed by its person, acts by its memberships and goes by an erasure. Wagtail's pages
would go round all of that: they move a login to another address unannounced, end an organisation's only head, or take a
row that histories name. Who edits pages is a role as any other (``services.keep_editor_in_step``).
"""

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from wagtail.admin.ui.tables import BooleanColumn, Column, DateColumn
from wagtail.permission_policies import ModelPermissionPolicy
from wagtail.users.views.users import UserViewSet

from users.models import User


class ReadOnly(ModelPermissionPolicy):
    """Lets look whoever Wagtail lets look, and lets nobody change anything."""

    def user_has_permission(self, user: User, action: str) -> bool:
        """Answer for one way of meeting accounts."""
        may: bool = action == "view" and super().user_has_permission(user, action)
        return may


class AccountViewSet(UserViewSet):
    """Wagtail's list of accounts, without its pages that change one and its bar of actions on many."""

    permission_policy = ReadOnly(User)
    index_template_name = "wagtailadmin/generic/index.html"

    def get_index_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        """Return what the list shows of each account, with nothing to tick or to follow."""
        columns = [
            Column("name", label=pgettext_lazy("person", "Name")),
            Column("email", label=_("E-mail"), sort_key="email"),
            BooleanColumn("is_superuser", label=_("Technical staff"), sort_key="is_superuser"),
            BooleanColumn("is_active", label=_("May sign in"), sort_key="is_active"),
            DateColumn("last_login", label=_("Last login"), sort_key="last_login"),
        ]
        found: dict[str, Any] = super().get_index_view_kwargs(**{"columns": columns, **kwargs})
        return found
