"""The request's number, and log lines: JSON on standard output in production. Never a person's data."""

import json
import logging
import re
from contextvars import ContextVar
from datetime import UTC, datetime

# Addresses that are a key: whoever has one needs no login. The proxy's log hides the same ones (see ``Caddyfile``).
_SECRET = re.compile(
    r"(?i)((?:/|%2F)(?:about|calendar|confirm-email|door|guardian|invitations|key|sent|youth)(?:/|%2F)|[?&]token=)[^/?&\s]+"
)
# What PostgreSQL adds to an error quotes the row: "Failing row contains (7, 王小明, …)". To where the next one begins.
_QUOTED = re.compile(r"(DETAIL|CONTEXT|LINE \d+): .*?(?=\n\n(?:The above|During handling)|\Z)", re.DOTALL)

request_id: ContextVar[str] = ContextVar("request_id", default="")


class RequestIdFilter(logging.Filter):
    """Put the request's number on each record."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Keep every record."""
        record.request_id = request_id.get()
        return True


class SecretsFilter(logging.Filter):
    """Hide the secret of an address, as Django writes into the line about a page that is not there, and rows' words."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Keep every record, without secrets."""
        line = record.getMessage()
        masked = _without_rows(_SECRET.sub(r"\1***", line))
        if masked != line:
            record.msg, record.args = masked, None
        return True


class JsonFormatter(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as JSON."""
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            "request_id": getattr(record, "request_id", ""),
        }
        if record.exc_info:
            line["exception"] = _without_rows(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False)


def _without_rows(text: str) -> str:
    return _QUOTED.sub(r"\1: ***", text)
