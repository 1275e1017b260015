"""What must always hold of messages."""

from django.db.models import Count, F, Q

from core.invariants import Finding, Invariant
from notifications.models import Delivery, Message


def once_per_recipient_and_cause() -> Finding:
    """M1: no person has two messages about one cause, no message two deliveries over one channel or half a one."""
    doubles = Message.objects.values("recipient_id", "cause").annotate(n=Count("pk")).filter(n__gt=1)
    breaches = [f"recipient {row['recipient_id']}: {row['n']} messages of cause {row['cause']}" for row in doubles]
    twice = Delivery.objects.values("message_id", "channel").annotate(n=Count("pk")).filter(n__gt=1)
    breaches += [f"message {row['message_id']}: {row['n']} deliveries by {row['channel']}" for row in twice]
    sent = Q(status=Delivery.Status.SENT)
    torn = Delivery.objects.filter((sent & Q(sent_at__isnull=True)) | (~sent & Q(sent_at__isnull=False)))
    breaches += [
        f"delivery {pk}: sent without a time, or a time without being sent" for pk in torn.values_list("pk", flat=True)
    ]
    early = Delivery.objects.filter(sent, sent_at__lt=F("message__created_at"))
    breaches += [f"delivery {pk}: sent before its message was made" for pk in early.values_list("pk", flat=True)]
    return Finding(checked=Message.objects.count(), breaches=breaches)


INVARIANTS = [
    Invariant("M1", "Each notice is sent at most once per recipient and cause.", once_per_recipient_and_cause)
]
