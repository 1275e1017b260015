"""What every request passes: its number, its size, its language and text size, its policy."""

import codecs
import re
import uuid
from collections.abc import Callable
from typing import Any

from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.shortcuts import render
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.log import log_response

from core.answers import too_large
from core.logs import request_id

GetResponse = Callable[[HttpRequest], HttpResponseBase]

_SAFE_ID = re.compile(r"^[0-9A-Za-z-]{8,36}$")
_YEAR = 31_536_000
_MISTAKE = 400  # statuses from here on are logged
# The pages' admin runs scripts of its package inside its pages; what does not concern those holds there too.
_ADMIN_CONTENT = "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'"

# Third-party views that guard themselves; everything else must declare a policy.
_GUARDED_ELSEWHERE = ("allauth.", "wagtail.", "django.views.static", "django.views.i18n", "django.contrib.staticfiles")


class RequestIdMiddleware:
    """Give each request a number that stands in the response header, every log line and every history row."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        given = request.headers.get("X-Request-ID", "")
        token = request_id.set(given if _SAFE_ID.match(given) else str(uuid.uuid4()))
        try:
            response: Any = self.get_response(request)
            response["X-Request-ID"] = request_id.get()
            if response.status_code >= _MISTAKE:  # Django writes the same line, but once the number is gone
                log_response("%s: %s", response.reason_phrase, request.path, response=response, request=request)
            return response  # type: ignore[no-any-return]
        finally:
            request_id.reset(token)


class ReadableMiddleware:
    """Answer 400 to what cannot be text: another character set than UTF-8, a NUL in the address or its question."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        is_foreign = request.encoding is not None and codecs.lookup(request.encoding).name != "utf-8"
        if is_foreign:
            request.encoding = "utf-8"  # the page of refusal reads the question too
        if is_foreign or "\x00" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
            with translation.override(translation.get_language_from_request(request)):
                return render(request, "400.html", status=400)
        return self.get_response(request)


class NulMiddleware:
    """Answer 400 to a form with a NUL in it: nobody types one, and PostgreSQL keeps none. It stands behind CSRF."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: list[Any], kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        """Look at what was sent, which CSRF has read already."""
        if request.method != "POST":
            return None
        has_nul = any("\x00" in text for name, texts in request.POST.lists() for text in [name, *map(str, texts)])
        return render(request, "400.html", status=400) if has_nul else None


class BodyLimitMiddleware:
    """Answer a body over the documented limit with 413 and a sentence, before anything reads it."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        try:
            length = int(request.META.get("CONTENT_LENGTH") or 0)
        except ValueError:
            length = 0
        has_files = request.content_type == "multipart/form-data"
        limit = settings.UPLOAD_MAX_BYTES if has_files else settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        if length > limit:
            return too_large(request, limit)
        return self.get_response(request)


class ContentPolicyMiddleware(CSPMiddleware):
    """django-csp's; where an answer asks for nothing of its own, the header that it wrote once before.

    What the settings leave out gets a shorter one: nobody frames it, and no form of it leads elsewhere.
    """

    def __init__(self, get_response: GetResponse) -> None:
        super().__init__(get_response)
        self.usual = ""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Write the header."""
        is_usual = not any(name.startswith("_csp") for name in (*vars(response), *vars(request)))
        if request.path_info.startswith(tuple(settings.CONTENT_SECURITY_POLICY["EXCLUDE_URL_PREFIXES"])):
            response.headers.setdefault(HEADER, _ADMIN_CONTENT)
            return response
        if not is_usual or HEADER in response.headers:
            return super().process_response(request, response)
        if not self.usual:
            response = super().process_response(request, response)
            self.usual = response.headers[HEADER]
        response.headers[HEADER] = self.usual
        return response


class PermissionsMiddleware:
    """Let no page use camera, microphone or place, unless its view says so in the header itself."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        response.headers.setdefault("Permissions-Policy", permissions_policy())
        return response


def permissions_policy(*, camera: bool = False) -> str:
    """Return the header that says what of a phone a page may use."""
    return f"camera=({'self' if camera else ''}), microphone=(), geolocation=()"


class PreferencesMiddleware(LocaleMiddleware):
    """Language and text size: a link with ``?lang=`` or ``?text=`` switches and is remembered in a cookie."""

    def process_request(self, request: HttpRequest) -> None:
        """Activate the language asked for, else the cookie's, else the browser's."""
        super().process_request(request)
        asked = request.GET.get("lang", "")
        if translation.check_for_language(asked) and asked in dict(settings.LANGUAGES):
            translation.activate(asked)
            request.LANGUAGE_CODE = translation.get_language() or settings.LANGUAGE_CODE
        size = request.GET.get("text") or request.COOKIES.get("text_size", "")
        request.text_size = "large" if size == "large" else "normal"  # type: ignore[attr-defined]

    def process_response(self, request: HttpRequest, response: Any) -> Any:
        """Remember what was asked for."""
        response = super().process_response(request, response)
        patch_vary_headers(response, ["Cookie"])
        options: dict[str, Any] = {"max_age": _YEAR, "samesite": "Lax", "secure": request.is_secure(), "httponly": True}
        if request.GET.get("lang") in dict(settings.LANGUAGES):
            response.set_cookie(settings.LANGUAGE_COOKIE_NAME, request.GET["lang"], **options)
        if request.GET.get("text") in {"large", "normal"}:
            response.set_cookie("text_size", request.GET["text"], **options)
        return response


class PolicyMiddleware:
    """Default deny: a view without a policy answers 403; a policy's no sends the signed-out to the login."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: list[Any], kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        """Ask the view's policy before the view runs."""
        if view.__module__.startswith(_GUARDED_ELSEWHERE):
            return None
        policy = getattr(view, "policy", None)
        if policy is not None and policy(request):
            return None
        if policy is not None and not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        raise PermissionDenied
