"""How the status of an organisation looks: tone and icon of its badge."""

from organisations.models import Organisation

_S = Organisation.Status
STATUS_TONES: dict[str, tuple[str, str]] = {
    _S.APPLIED: ("warn", "clock"),
    _S.ADMITTED: ("success", "check"),
    _S.REFUSED: ("neutral", "stop"),
    _S.SUSPENDED: ("danger", "stop"),
}
