"""Keys that others renew: announced, signed by the former key, and accepted by two accounts that saw the same."""

from proto.wardwatch.v1 import refusals
from proto.wardwatch.v1.federation_views import RenewalView
from proto.wardwatch.v1.statements import NotAuthentic, fingerprint, verified
from services.chassis.errors import Refusal
from services.watchlist.record.database import Connection, Row
from services.watchlist.rules.holder import Holder


def check_renewal(renewal: Row, former: bytes, subject: str, by: Holder, seen: str) -> None:
    """Raise Refusal (409) unless *former* has signed it, it was *seen*, and *by* has not accepted it before."""
    try:
        verified(former, subject, renewal["statement"])
    except NotAuthentic as error:
        raise Refusal(409, refusals.RENEWAL_NOT_SIGNED.filled()) from error
    if fingerprint(renewal["statement"]) != seen.strip():
        raise Refusal(409, refusals.CHANGED_AFTER_SHOWN.filled(what="the key"))
    if renewal["asked_by_id"] == by.account_id:
        raise Refusal(409, refusals.ASKED_BY_YOU.filled())


async def accepted(connection: Connection, table: str, renewal: Row, by: Holder, where: str, *names: str) -> bool:
    """Note that *by* accepts it, in *table*, *where* *names* say; returns whether that makes two accounts."""
    who = "asked" if renewal["asked_by_id"] is None else "accepted"
    at = ", accepted_at = now()" if who == "accepted" else ""
    given = len(names)
    await connection.execute(
        f"UPDATE {table} SET {who}_by_id = ${given + 1}, {who}_by_name = ${given + 2}{at} WHERE {where}",  # noqa: S608 - names of ours
        *names,
        by.account_id,
        by.name,
    )
    return who == "accepted"


def renewal_view(row: Row) -> RenewalView | None:
    """What a row says of a renewal in its columns ``renewal_``; None: nothing was announced."""
    if row["renewal_statement"] is None:
        return None
    return RenewalView(
        fingerprint=fingerprint(row["renewal_statement"]),
        heard_at=row["renewal_heard_at"],
        asked_by=row["renewal_asked_by"],
        accepted_by=row["renewal_accepted_by"],
    )
