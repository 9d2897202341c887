"""What the server is told to do differently from Streamlit's defaults."""

import tomllib
from pathlib import Path

from streamlit import config

SETTINGS = tomllib.loads((Path(__file__).parent.parent / ".streamlit" / "config.toml").read_text(encoding="utf-8"))


def test_every_setting_is_one_that_streamlit_knows():
    for section, settings in SETTINGS.items():
        for name, value in settings.items():
            inner = [f"{name}.{key}" for key in value] if isinstance(value, dict) else [name]
            for key in inner:
                assert f"{section}.{key}" in config._config_options_template, f"{section}.{key}"


def test_only_this_machine_is_served_forgery_is_refused_and_files_are_small():
    server = SETTINGS["server"]
    assert server["address"] == "127.0.0.1"
    assert server["enableXsrfProtection"] is True
    assert server["maxUploadSize"] <= 64  # MB, as much as a file of weights may have


def test_nothing_is_sent_elsewhere_and_no_rerun_waits_for_the_garbage_collector():
    assert SETTINGS["browser"]["gatherUsageStats"] is False
    assert SETTINGS["runner"]["postScriptGC"] is False
