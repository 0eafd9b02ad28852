"""Whether a document is in force on a given day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Literal

ValidityStatus = Literal["in_force", "not_yet", "expired", "superseded", "unknown"]


def status_on(listing: Mapping[str, Any], day: date) -> ValidityStatus:
    """Validity of a document (a listing as in `hangce documents`) on a day.

    A date known to the month counts to that month's last day. A document that states neither commencement nor
    expiry, and yearbooks and tables, which have no validity, are `unknown`. One that a later document has
    replaced is `superseded` whatever term it set itself.
    """
    effective, expires = listing.get("effective"), listing.get("expires")
    today = day.isoformat()
    if effective and today < effective:
        return "not_yet"
    if listing.get("superseded_by"):
        return "superseded"
    if expires and today[: len(expires)] > expires:
        return "expired"
    return "in_force" if effective or expires else "unknown"
