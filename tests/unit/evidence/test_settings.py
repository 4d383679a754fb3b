"""The settings on evidence: what cannot be used is refused in words."""

from pathlib import Path

import pytest

from config.settings import SettingsError, from_environment


def _settings(tmp_path, **given):
    return from_environment({"YARDSTICK_VAR": str(tmp_path), "YARDSTICK_SECRET_KEY": "x" * 40, **given})


def test_evidence_is_kept_beside_the_other_data_unless_told_otherwise(tmp_path):
    assert _settings(tmp_path).evidence == tmp_path / "evidence"
    assert _settings(tmp_path, YARDSTICK_EVIDENCE_URL="").evidence == tmp_path / "evidence"
    assert _settings(tmp_path, YARDSTICK_EVIDENCE_URL="file:///srv/all%20evidence").evidence == Path("/srv/all evidence")
    assert _settings(tmp_path, YARDSTICK_EVIDENCE_URL="file://localhost/srv/evidence").evidence == Path("/srv/evidence")


@pytest.mark.parametrize("url, told", [
    ("s3://bucket/evidence", "only file:// is supported in this version"), ("/srv/evidence", "must be like file:///srv/evidence"),
    ("file://", "must be like"), ("file:///", "must be like"), ("file://srv/evidence", "must be like"), ("http://x/y", "must be like"),
    ("file:///srv?x", "must be like"), ("file://[::1", "must be like"),
])  # fmt: skip
def test_an_address_that_names_no_folder_is_refused(tmp_path, url, told):
    with pytest.raises(SettingsError, match="YARDSTICK_EVIDENCE_URL") as problem:
        _settings(tmp_path, YARDSTICK_EVIDENCE_URL=url)
    assert told in str(problem.value)


def test_the_command_of_a_scanner_is_parted_as_a_shell_would(tmp_path):
    assert _settings(tmp_path).scan_command == ()
    found = _settings(tmp_path, YARDSTICK_SCAN_COMMAND="clamdscan --no-summary '--config=/etc/my clam.conf'")
    assert found.scan_command == ("clamdscan", "--no-summary", "--config=/etc/my clam.conf")
    with pytest.raises(SettingsError, match="YARDSTICK_SCAN_COMMAND"):
        _settings(tmp_path, YARDSTICK_SCAN_COMMAND="clamdscan 'unclosed")
