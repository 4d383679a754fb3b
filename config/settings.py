"""Settings, all from the environment, with defaults that make the embedded installation work as it is."""

import secrets
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import unquote, urlsplit

ROOT = Path(__file__).resolve().parent.parent


class SettingsError(ValueError):
    """A setting that cannot be used; the text names it and says what was expected."""


@dataclass(frozen=True)
class Settings:
    """What an installation is told. `var` is where the embedded installation keeps its data."""

    var: Path
    database_url: str
    secret_key: str
    base_url: str
    smtp_url: str
    scheduler: str
    port: int
    evidence_url: str = ""
    scan_command: tuple[str, ...] = ()
    mail_delay: timedelta = timedelta(0)
    """How long a mail waits after it was queued, so that an officer can still hold or cancel it: but never beyond its deadline."""

    @property
    def evidence(self) -> Path:
        """The folder where the files of evidence are kept. Raises SettingsError for an address that names none."""
        return _folder(self.evidence_url) if self.evidence_url else self.var / "evidence"

    @property
    def documents(self) -> Path:
        """Where rendered documents are kept."""
        return self.var / "documents"

    @property
    def https(self) -> bool:
        return self.base_url.startswith("https://")


def from_environment(environment: Mapping[str, str]) -> Settings:
    """The settings of an environment. Raises SettingsError for one that cannot be used."""
    var = Path(environment.get("YARDSTICK_VAR") or ROOT / "var")
    port_text = environment.get("PORT") or "8000"
    if not port_text.isdecimal() or not 0 < int(port_text) < 65536:
        raise SettingsError(f"PORT must be a number from 1 to 65535, not {port_text!r}.")
    scheduler = environment.get("YARDSTICK_SCHEDULER") or "embedded"
    if scheduler not in ("embedded", "off"):
        raise SettingsError(f"YARDSTICK_SCHEDULER must be 'embedded' or 'off', not {scheduler!r}.")
    base_url = (environment.get("YARDSTICK_BASE_URL") or f"http://127.0.0.1:{port_text}").rstrip("/")
    smtp_url = environment.get("YARDSTICK_SMTP_URL") or ""
    if not _address(base_url, "http", "https"):
        raise SettingsError(f"YARDSTICK_BASE_URL must look like https://yardstick.example.org, not {base_url!r}.")
    if smtp_url and not _address(smtp_url, "smtp", "smtps"):
        raise SettingsError("YARDSTICK_SMTP_URL must look like smtp://user:pass@host:port, or smtps:// for TLS from the start.")
    evidence_url = environment.get("YARDSTICK_EVIDENCE_URL") or ""
    if evidence_url:
        _folder(evidence_url)
    return Settings(
        var=var,
        database_url=environment.get("YARDSTICK_DATABASE_URL") or f"sqlite:///{var / 'yardstick.db'}",
        secret_key=environment.get("YARDSTICK_SECRET_KEY") or _kept_secret(var),
        base_url=base_url,
        smtp_url=smtp_url,
        scheduler=scheduler,
        port=int(port_text),
        evidence_url=evidence_url,
        mail_delay=_minutes(environment.get("YARDSTICK_MAIL_DELAY") or "0"),
        scan_command=_command(environment.get("YARDSTICK_SCAN_COMMAND") or ""),
    )


def _address(text: str, *schemes: str) -> bool:
    """Whether a text is an address of one of these schemes, with a host and, if any, a port that is a number."""
    try:
        parts = urlsplit(text)
        return parts.scheme in schemes and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return False


def _folder(url: str) -> Path:
    """The folder of an address like file:///srv/evidence."""
    try:
        parts = urlsplit(url)
    except ValueError:
        raise SettingsError(f"YARDSTICK_EVIDENCE_URL must be like file:///srv/evidence, not {url!r}.") from None
    if parts.scheme == "s3":
        raise SettingsError(f"YARDSTICK_EVIDENCE_URL: only file:// is supported in this version, not {url!r}.")
    folder = Path(unquote(parts.path))
    if parts.scheme != "file" or parts.netloc not in ("", "localhost") or parts.query or parts.fragment or len(folder.parts) < 2:
        raise SettingsError(f"YARDSTICK_EVIDENCE_URL must be like file:///srv/evidence, not {url!r}.")
    return folder


def _minutes(text: str) -> timedelta:
    """A number of minutes, at most two hours: so that a reminder leaves on the morning for which it was written."""
    if not text.isascii() or not text.isdecimal() or int(text[:9]) > 120:
        raise SettingsError(f"YARDSTICK_MAIL_DELAY must be a number of minutes from 0 to 120, not {text!r}.")
    return timedelta(minutes=int(text))


def _command(text: str) -> tuple[str, ...]:
    """A command with its arguments, as a shell would part them; none for an empty text."""
    try:
        return tuple(shlex.split(text))
    except ValueError as problem:
        raise SettingsError(f"YARDSTICK_SCAN_COMMAND cannot be read ({problem}): {text!r}.") from None


def _kept_secret(var: Path) -> str:
    """A secret made once and kept, readable by its owner alone, so that a restart signs nobody out."""
    path = var / "secret_key"
    if not path.exists():
        var.mkdir(parents=True, exist_ok=True)
        made = path.with_name(f".secret_key.{secrets.token_hex(4)}")
        made.touch(mode=0o600)
        made.write_text(secrets.token_urlsafe(48))
        try:
            path.hardlink_to(made)
        except FileExistsError:
            pass
        finally:
            made.unlink()
    return path.read_text().strip()
