"""App configuration, ours and that of Wagtail's pages about accounts."""

from django.apps import AppConfig
from wagtail.users.apps import WagtailUsersAppConfig


class CmsConfig(AppConfig):
    """Names the app."""

    name = "cms"
    default = True


class AccountsConfig(WagtailUsersAppConfig):
    """Puts a list of accounts that changes none in the place of Wagtail's."""

    user_viewset = "cms.accounts.AccountViewSet"
