"""The words and the status for what the database's functions on accounts refuse, by the name they give."""

from collections.abc import Mapping
from typing import Final

from proto.wardwatch.v1 import refusals
from proto.wardwatch.v1.refusals import RefusalText

# A test compares the names with the functions.
RULES: Final[Mapping[str, tuple[int, RefusalText]]] = {
    "session_over": (401, refusals.SESSION_OVER.filled()),
    "account_role": (403, refusals.ACCOUNT_ROLE.filled()),
    "proof_needed": (403, refusals.PROOF_NEEDED.filled()),
    "audit_of_every_site": (403, refusals.AUDIT_OF_EVERY_SITE.filled()),
    "no_account": (404, refusals.NO_ACCOUNT.filled()),
    "no_device": (404, refusals.NO_DEVICE.filled()),
    "no_passkey": (404, refusals.NO_PASSKEY.filled()),
    "own_account": (409, refusals.OWN_ACCOUNT.filled()),
    "account_of_others": (409, refusals.ACCOUNT_OF_OTHERS.filled()),
    "sites_of_others": (409, refusals.SITES_OF_OTHERS.filled()),
    "account_exists": (409, refusals.ACCOUNT_EXISTS.filled()),
    "account_disabled": (409, refusals.ACCOUNT_DISABLED.filled()),
    "identity_taken": (409, refusals.IDENTITY_TAKEN.filled()),
    "last_administrator": (409, refusals.LAST_ADMINISTRATOR.filled()),
    "passkey_known": (409, refusals.PASSKEY_KNOWN.filled()),
    "passkeys_full": (409, refusals.PASSKEYS_FULL.filled()),
    "signed_in_long_ago": (409, refusals.SIGNED_IN_LONG_AGO.filled()),
    "ticket_over": (409, refusals.TICKET_OVER.filled()),
    "ticket_spent": (409, refusals.TICKET_SPENT.filled()),
}
