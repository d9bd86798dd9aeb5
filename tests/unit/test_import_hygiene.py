import re
import subprocess
import sys
from pathlib import Path

WITHOUT_SCREENS = """
import sys
sys.modules["textual"] = sys.modules["screens"] = None
import wizard.carrying, wizard.simulator.server, wizard.cli.main
"""
VERSION = """
import sys
from wizard.cli.main import main
try:
    main(["--version"])
except SystemExit:
    pass
heavy = ("asyncio", "asyncssh", "cryptography", "dataclasses", "httpx", "jinja2", "pydantic", "textual", "yaml")
print(sorted(name for name in heavy if name in sys.modules))
"""


ROLLOUT = """
import sys
import wizard.carrying, wizard.cli.engine, wizard.errand
print(sorted(name for name in ("httpx", "questionary", "rich", "ruamel") if name in sys.modules))
"""


def run(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout


def test_the_engine_runs_where_textual_is_not_installed() -> None:
    run(WITHOUT_SCREENS)


def test_the_version_is_told_without_loading_what_only_a_rollout_needs() -> None:
    said = run(VERSION).splitlines()
    assert said[0].startswith("rancher-wizard ")
    assert said[-1] == "[]"


def test_a_rollout_loads_nothing_that_only_downloads_screens_or_an_operators_file_need() -> None:
    assert run(ROLLOUT).splitlines() == ["[]"]


def test_the_engine_names_no_distribution() -> None:
    import wizard.rollout

    for path in Path(wizard.rollout.__file__).parent.rglob("*.*"):
        if path.suffix in (".py", ".sh"):
            assert not re.search(r"rke|rancherd", path.read_text(), re.IGNORECASE), path
