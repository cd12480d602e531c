"""The signature of a webhook, as Standard Webhooks 1.0.0 describes it (standardwebhooks.com). Pure."""

import hmac
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Mapping
from uuid import UUID

from services.chassis.delivery_keys import WEBHOOK_PREFIX


def headers(delivery: UUID, secret: str, body: bytes, *, now_seconds: int) -> Mapping[str, str]:
    """The three headers; the id stays the same when it is sent again. Raises ValueError for no secret."""
    message = f"msg_{delivery.hex}"
    signature = hmac.digest(_key(secret), f"{message}.{now_seconds}.".encode() + body, "sha256")
    return {
        "webhook-id": message,
        "webhook-timestamp": str(now_seconds),
        "webhook-signature": f"v1,{b64encode(signature).decode('ascii')}",
    }


def _key(secret: str) -> bytes:
    try:
        return b64decode(secret.removeprefix(WEBHOOK_PREFIX), validate=True)
    except Base64Error as error:
        raise ValueError("it is no secret of a webhook") from error
