from pathlib import Path

import pytest

from ingest.errors import InputError
from ui.settings import FILE, Settings, load_settings


def test_without_file_or_environment_everything_has_a_value(tmp_path: Path) -> None:
    assert load_settings(tmp_path, {}) == Settings()


def test_the_environment_goes_before_the_file(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("retention_days: 30\nchat_closed: 今天维护\n", encoding="utf-8")
    settings = load_settings(tmp_path, {"HANGCE_RETENTION_DAYS": "7", "HANGCE_HOSTS": "A.example, b.example"})
    assert (settings.retention_days, settings.chat_closed) == (7, "今天维护")
    assert settings.hosts == ("a.example", "b.example")


@pytest.mark.parametrize("written", ["metrics: off", "metrics: 'off'"])
def test_off_is_off_however_yaml_reads_it(tmp_path: Path, written: str) -> None:
    (tmp_path / FILE).write_text(written, encoding="utf-8")
    assert load_settings(tmp_path, {}).metrics == "off"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("retention_day: 3", "retention_days"),
        ("nonsense: 3", "known: database"),
        ("retention_days: many", "retention_days is of no use"),
        ("body_kib: 0", "body_kib is of no use"),
        ("secret: short", "32 random"),
        ("database: mysql://x", "postgresql://"),
        ("- a list", "holds no settings"),
        ("a: [", "cannot be read"),
    ],
)
def test_what_is_of_no_use_is_named(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / FILE).write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=words) as raised:
        load_settings(tmp_path, {})
    assert "\n" not in str(raised.value)


def test_a_variable_of_no_use_is_named_without_its_value(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="HANGCE_SECRET") as raised:
        load_settings(tmp_path, {"HANGCE_SECRET": "tooshort!"})
    assert "tooshort" not in str(raised.value)
