"""Rows of the record as the desk's models, opened with the data keys known here."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from uuid import UUID

from proto.wardwatch.v1.entries import (
    Amendment,
    ChangeView,
    EntryRow,
    EntryView,
    GroupView,
    LikenessView,
    Measures,
    Merged,
    Origin,
    PhotoView,
    Renewal,
    Returned,
    Scope,
)
from services.watchlist.keys import seals
from services.watchlist.keys.seals import Seals
from services.watchlist.record.database import Row
from services.watchlist.rules import likeness
from services.watchlist.rules.days import Days


def entry_row(row: Row, opener: Seals, days: Days) -> EntryRow:
    """An entry in a list; its label is empty when it is erased or its key is not known here."""
    return EntryRow(
        id=row["id"],
        revision=row["revision"],
        state=row["state"],
        label=opener.text_or_nothing(row["id"], row["sealed_label"], about=seals.label(row["id"])),
        category=row["category"],
        scope=scope(row),
        expires_at=row["expires_at"],
        last_day=days.last_day(row["expires_at"]),
        photos=row["photos"],
        first_photo=row["first_photo"],
        author=row["author_name"],
        approver=row["approver_name"],
        changed_at=row["changed_at"],
        batch=row["batch_id"],
        origin=None if row["origin_list"] is None else Origin(list=row["origin_list"], title=row["origin_title"]),
        amends=row["amends"],
    )


def entry_view(
    row: Row,
    photos: Iterable[Row],
    alike: Iterable[Row],
    opener: Seals,
    days: Days,
    *,
    replaces: list[UUID],
    replaced_by: UUID | None,
    amendment: Row | None,
    merged: Iterable[Row],
) -> EntryView:
    """An entry as a whole. Raises Unreadable when its key is not known here."""
    entry_id: UUID = row["id"]
    return EntryView(
        **entry_row(row, opener, days).model_dump(exclude={"label"}),
        label=opener.text(entry_id, row["sealed_label"], about=seals.label(entry_id)),
        sites=row["sites"],
        basis=row["basis"],
        evidence=row["evidence"],
        instruction=row["instruction"],
        note=opener.text(entry_id, row["sealed_note"], about=seals.note(entry_id)),
        created_at=row["created_at"],
        put_forward_by=row["put_forward_by_name"],
        approved_at=row["approved_at"],
        renewal=_renewal(row, days),
        changed_by=row["changed_by_name"],
        reason=row["reason"],
        identity_last_four=row["last_four"],
        photo_list=[photo_view(entry_id, photo, opener) for photo in photos],
        likenesses=[likeness_view(each, opener) for each in alike],
        replaces=replaces,
        replaced_by=replaced_by,
        generation=row["generation"],
        returned=_returned(row),
        amendment=None if amendment is None else Amendment(**amendment),
        restores=row["restores"],
        merged=[merged_view(each, opener) for each in merged],
        merged_into=row["merged_into"],
    )


def photo_view(entry_id: UUID, row: Row, opener: Seals) -> PhotoView:
    """An enrolled photo, without its picture. Raises Unreadable."""
    return PhotoView(
        position=row["position"],
        name=opener.text(entry_id, row["sealed_name"], about=seals.name(entry_id, row["id"])),
        source=row["source"],
        taken_at=row["taken_at"],
        taken_on=None if row["taken_at"] is None else day_taken(row["taken_at"]),
        added_at=row["added_at"],
        measures=Measures(
            face_px=row["face_px"],
            eye_distance_px=row["eye_distance_px"],
            sharpness=row["sharpness"],
            yaw_degrees=row["yaw_degrees"],
            roll_degrees=row["roll_degrees"],
            exposure=row["exposure"],
        ),
        warnings=row["warnings"],
        accepted_findings=row["accepted_findings"],
        accepted_reason=row["accepted_reason"],
        suspended_at=row["suspended_at"],
        suspended_reason=row["suspended_reason"],
        person=row["person"],
    )


def day_taken(beginning: datetime) -> date:
    """The day that is kept as its *beginning* in UTC, so that it is the same day wherever it is read."""
    return beginning.astimezone(UTC).date()


def taken_at(day: date) -> datetime:
    """How *day* is kept: the inverse of ``day_taken``."""
    return datetime.combine(day, time(), UTC)


def likeness_view(row: Row, opener: Seals) -> LikenessView:
    """Another entry that this one resembles. The similarity itself is not shown (safeguard S16)."""
    other: UUID = row["other"]
    return LikenessView(
        other=other,
        label=opener.text_or_nothing(other, row["sealed_label"], about=seals.label(other)),
        state=row["state"],
        strength=likeness.strength(row["similarity"]),
        decision=row["decision"],
        decided_by=row["decided_by_name"],
        decided_at=row["decided_at"],
        reason=row["reason"],
    )


def merged_view(row: Row, opener: Seals) -> Merged:
    """An entry that was merged into another."""
    other: UUID = row["other_id"]
    return Merged(
        other=other,
        label=opener.text_or_nothing(other, row["sealed_label"], about=seals.label(other)),
        photos=len(row["photos"]),
        by=row["merged_by_name"],
        at=row["merged_at"],
        undone_by=row["undone_by_name"],
        undone_at=row["undone_at"],
    )


def _renewal(row: Row, days: Days) -> Renewal | None:
    end: datetime | None = row["renewal_expires_at"]
    return None if end is None else Renewal(by=row["renewal_by_name"], expires_at=end, last_day=days.last_day(end))


def _returned(row: Row) -> Returned | None:
    if row["state"] != "draft" or row["returned_at"] is None:
        return None
    return Returned(by=row["returned_by_name"], at=row["returned_at"], comment=row["returned_comment"])


def scope(row: Row) -> Scope:
    """Where an entry may match, as its author requested it."""
    sites = row["sites"] if row["scope"] == "sites" else []
    return Scope(kind=row["scope"], group=row["site_group"], sites=sites)


def change_view(row: Row) -> ChangeView:
    """One row of the history."""
    return ChangeView(
        revision=row["revision"],
        state=row["state"],
        account=row["account_name"],
        reason=row["reason"],
        at=row["changed_at"],
        generation=row["generation"],
        of_amendment=bool(row["of_amendment"]),
    )


def group_view(row: Row) -> GroupView:
    """A named set of sites."""
    return GroupView(
        name=row["name"], sites=row["sites"], changed_by=row["changed_by_name"], changed_at=row["changed_at"]
    )
