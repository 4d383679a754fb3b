"""Settings, all from the environment, with defaults that make the embedded installation work as it is."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

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
    return Settings(
        var=var,
        database_url=environment.get("YARDSTICK_DATABASE_URL") or f"sqlite:///{var / 'yardstick.db'}",
        secret_key=environment.get("YARDSTICK_SECRET_KEY") or _kept_secret(var),
        base_url=base_url,
        smtp_url=smtp_url,
        scheduler=scheduler,
        port=int(port_text),
    )


def _address(text: str, *schemes: str) -> bool:
    """Whether a text is an address of one of these schemes, with a host and, if any, a port that is a number."""
    try:
        parts = urlsplit(text)
        return parts.scheme in schemes and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return False


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
