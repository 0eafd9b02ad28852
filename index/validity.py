"""Whether a document is in force on a given day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Literal

ValidityStatus = Literal["in_force", "open_ended", "not_yet", "expired", "superseded", "unknown"]


def status_on(listing: Mapping[str, Any], day: date) -> ValidityStatus:
    """Validity of a document (a listing as in `hangce documents`) on a day.

    `open_ended` has begun and states no end: whether it is still applied, the documents do not say. `unknown`
    states neither beginning nor end, as yearbooks and tables do. A date known to the month counts to that
    month's last day. From the day on which a later document replaces it, a document is `superseded`, whatever
    term it set itself.
    """
    effective, expires = listing.get("effective"), listing.get("expires")
    today = day.isoformat()
    if effective and today < effective:
        return "not_yet"
    if listing.get("superseded_by") and today >= (listing.get("superseded_on") or ""):
        return "superseded"
    if expires:
        return "expired" if today[: len(expires)] > expires else "in_force"
    return "open_ended" if effective else "unknown"
