"""How people log in: phone, e-mail, WeChat, passwords and second factors, how often they may try, and text messages."""

from marketplace.settings import env

AUTH_USER_MODEL = "users.User"
AUTHENTICATION_BACKENDS = ["users.backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/workbench/"
LOGOUT_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "notifications.adapters.LetterAdapter"
ACCOUNT_LOGIN_METHODS = {"phone", "email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*", "phone"]  # the phone is asked for on pages of its own
ACCOUNT_FORMS = {
    "signup": "users.forms.SignUpForm",
    "confirm_login_code": "users.forms.LoginCodeForm",
    "verify_phone": "users.forms.PhoneCodeForm",
}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "optional"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = True
ACCOUNT_PHONE_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = ACCOUNT_PHONE_VERIFICATION_TIMEOUT = 600  # seconds
ACCOUNT_LOGIN_BY_CODE_FORMAT = ACCOUNT_PHONE_VERIFICATION_CODE_FORMAT = {"numeric": True, "length": 6, "dashed": False}
# A whole school shares one address: hundreds come in at the same minute. What guards an account counts per account.
ACCOUNT_RATE_LIMITS = {
    "login": "1000/m/ip",
    "login_failed": "1000/m/ip,5/5m/key",
    "signup": "1000/m/ip",
    "reset_password": "1000/m/ip,5/m/key",
    "reset_password_from_key": "1000/m/ip",
    "request_login_code": "1000/m/ip,2/m/key,6/h/key,12/d/key",
    "verify_phone": "2/m/key,6/h/key,12/d/key",
    "change_phone": "10/h/user",
    "concern": "30/h/key",
    "concern_without_login": "1000/h/ip",
    "warning": "6/h/key,12/d/key",
}
MFA_ADAPTER = "users.factors.FactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_FORMS = {"add_webauthn": "users.passkeys.PasskeyForm"}
MFA_RATE_LIMITS = {"webauthn_login": "1000/m/ip"}  # there is nothing to guess
# WeChat: offered where it has an id. The address is that of the QR code on a desk, or of WeChat's own browser
# (…/connect/oauth2/authorize), by the kind of account that the city has with WeChat.
WEIXIN_APP_ID = env.text("WEIXIN_APP_ID", "")
WEIXIN_SECRET = env.text("WEIXIN_SECRET", "")
WEIXIN_AUTHORIZE_URL = env.text("WEIXIN_AUTHORIZE_URL", "https://open.weixin.qq.com/connect/qrconnect")
WEIXIN_API_BASE = env.text("WEIXIN_API_BASE", "https://api.weixin.qq.com").rstrip("/")
SOCIALACCOUNT_ADAPTER = "users.weixin.SocialAdapter"
SOCIALACCOUNT_PROVIDERS = {
    "weixin": {
        "APPS": [{"client_id": WEIXIN_APP_ID, "secret": WEIXIN_SECRET, "key": ""}] if WEIXIN_APP_ID else [],
        "AUTHORIZE_URL": WEIXIN_AUTHORIZE_URL,
        "SCOPE": ["snsapi_login" if WEIXIN_AUTHORIZE_URL.endswith("qrconnect") else "snsapi_base"],
    }
}
REQUIRE_SECOND_FACTOR = env.flag("REQUIRE_SECOND_FACTOR", True)

# Text messages
SMS_URL = env.text("SMS_URL", "console://")
SMS_TOKEN = env.text("SMS_TOKEN", "")
SMS_BACKEND = env.text("SMS_BACKEND", "")
# Every text costs money: how many leave the site at most, and the countries beside China whose numbers get any (852,853).
SMS_MOST_AN_HOUR = env.integer("SMS_MOST_AN_HOUR", 3_000)
SMS_MOST_A_DAY = env.integer("SMS_MOST_A_DAY", 20_000)
SMS_OTHER_COUNTRIES = env.words("SMS_OTHER_COUNTRIES")
