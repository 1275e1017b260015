"""The WSGI entry point that the application server loads."""

import os

from django.core.wsgi import get_wsgi_application

from core.wsgi import in_one_piece, settle, with_readable_header

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marketplace.settings.production")

application = with_readable_header(in_one_piece(get_wsgi_application()))
settle()
