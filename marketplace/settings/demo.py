"""The embedded default: SQLite, a folder as broker, mail on the console, no second factor. For trying out only."""

from marketplace.settings.base import *  # noqa: F403
from marketplace.settings.base import LOGGING, VAR_DIR

DEMO = True
REQUIRE_SECOND_FACTOR = False
ALLOWED_HOSTS = ["*"]
EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_FILE_PATH = VAR_DIR / "mail"
SMS_URL = f"file://{VAR_DIR / 'texts'}"
LOGGING["root"]["level"] = "WARNING"  # type: ignore[index]
SITE_REGION = {"zh": "北辰区", "en": "Beichen District"}
SITE_ICP = "津ICP备00000000号"
SITE_POLICE_ICP = "津公网安备 00000000000000号"
