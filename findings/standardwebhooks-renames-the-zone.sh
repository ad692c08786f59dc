#!/usr/bin/env bash
# standardwebhooks 1.1.0 (Python): Webhook.sign() takes the moment as a datetime and writes UTC over its zone instead of
# converting it. A moment that knows its zone, such as 14:00 in Berlin, is signed as 14:00 UTC, an hour or two from what
# its own timestamp() says; one without a zone is taken for UTC, where Python takes it for local time. A receiver, who
# signs what stands in the header webhook-timestamp, then finds no matching signature, although secret, id and body are
# right, and only where the sender is not in UTC. Prints what verify() says of each; fails when that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check standardwebhooks==1.1.0 tzdata
"$folder/venv/bin/python" - <<'PYTHON'
import sys
from datetime import datetime, timezone
from zoneinfo import ZoneInfo

from standardwebhooks import Webhook, WebhookVerificationError

webhook, body = Webhook("whsec_" + "c2VjcmV0" * 4), '{"type": "payment.completed"}'


def told(moment):
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": webhook.sign("msg_1", moment, body),
    }
    try:
        return f"verified {webhook.verify(body, headers)}"
    except WebhookVerificationError as error:
        return str(error)


now = datetime.now(timezone.utc)
in_utc, in_berlin = told(now), told(now.astimezone(ZoneInfo("Europe/Berlin")))
print(f"the moment in UTC: {in_utc}")
print(f"the same moment in Berlin's zone: {in_berlin}")
if not in_utc.startswith("verified"):
    sys.exit("it has changed: the moment in UTC is not verified")
if in_berlin != "No matching signature found":
    sys.exit("it has changed: the moment in Berlin's zone is converted")
PYTHON
