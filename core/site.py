"""What this site calls itself."""

from django.conf import settings

from core.formats import in_chinese


def site_name() -> str:
    """Return the site's name in the language that is being written."""
    name: str = settings.SITE_NAME["zh" if in_chinese() else "en"]
    return name
