"""The words and the status for what the database's functions on accounts refuse, by the name they give."""

from collections.abc import Mapping
from typing import Final

from proto.wardwatch.v1 import refusals
from proto.wardwatch.v1.refusals import Sentence

# A test compares the names with the functions.
RULES: Final[Mapping[str, tuple[int, Sentence]]] = {
    "session_over": (401, refusals.SESSION_OVER),
    "account_role": (403, refusals.ACCOUNT_ROLE),
    "proof_needed": (403, refusals.PROOF_NEEDED),
    "no_account": (404, refusals.NO_ACCOUNT),
    "no_device": (404, refusals.NO_DEVICE),
    "no_passkey": (404, refusals.NO_PASSKEY),
    "own_account": (409, refusals.OWN_ACCOUNT),
    "account_of_others": (409, refusals.ACCOUNT_OF_OTHERS),
    "sites_of_others": (409, refusals.SITES_OF_OTHERS),
    "account_exists": (409, refusals.ACCOUNT_EXISTS),
    "account_disabled": (409, refusals.ACCOUNT_DISABLED),
    "identity_taken": (409, refusals.IDENTITY_TAKEN),
    "last_administrator": (409, refusals.LAST_ADMINISTRATOR),
    "passkey_known": (409, refusals.PASSKEY_KNOWN),
    "passkeys_full": (409, refusals.PASSKEYS_FULL),
    "signed_in_long_ago": (409, refusals.SIGNED_IN_LONG_AGO),
    "ticket_over": (409, refusals.TICKET_OVER),
    "ticket_spent": (409, refusals.TICKET_SPENT),
}
