"""A person's deadlines as an iCalendar file (RFC 5545)."""

from collections.abc import Iterable
from datetime import UTC, timedelta
from urllib.parse import urlsplit

from icalendar import Calendar, Event, vDuration

from webapp.feeds.queries import Owed

AGAIN = timedelta(hours=4)
"""How often a calendar is asked to look again."""


def calendar_file(owed: Iterable[Owed], base_url: str) -> bytes:
    """The calendar of these deadlines, each a moment that blocks no time. What is closed, or whose clock stands, is not in it: whoever
    subscribes takes the file as it is now, and an entry that is gone goes from their calendar.

    The file is the same as long as nothing changed, so that a calendar need not fetch it again.
    """
    host = urlsplit(base_url).hostname or "yardstick"
    made = Calendar()
    made.add("prodid", "-//Yardstick//Deadlines//EN")
    made.add("version", "2.0")
    made.add("calscale", "GREGORIAN")
    made.add("method", "PUBLISH")
    made.add("x-wr-calname", "Yardstick deadlines")
    made.add("refresh-interval", vDuration(AGAIN), parameters={"VALUE": "DURATION"})
    made.add("x-published-ttl", vDuration(AGAIN))
    for one in owed:
        made.add_component(_entry(one, host, base_url.rstrip("/")))
    return bytes(made.to_ical())


def _entry(one: Owed, host: str, base_url: str) -> Event:
    url = f"{base_url}/cases/{one.ref}"
    entry = Event()
    entry.add("uid", f"deadline-{one.id}@{host}")
    entry.add("sequence", one.changes)
    entry.add("dtstamp", one.changed_at.astimezone(UTC))
    entry.add("created", one.opened_at.astimezone(UTC))
    entry.add("last-modified", one.changed_at.astimezone(UTC))
    entry.add("dtstart", one.due_at.astimezone(UTC))
    entry.add("summary", f"{one.label}: {one.body}")
    about = [f"Action: {one.action}"] if one.action else []
    entry.add("description", "\n".join([*about, *one.explanation, url]))
    entry.add("url", url)
    entry.add("status", "CONFIRMED")
    entry.add("transp", "TRANSPARENT")
    return entry
