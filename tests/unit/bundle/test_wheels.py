import subprocess
import sys
from pathlib import Path

from wizard import __version__
from wizard.bundle.fetch.wheels import pack


def test_the_wizard_packs_itself_the_same_each_time_and_runs_from_what_it_packed(tmp_path: Path) -> None:
    first, second = tmp_path / f"rancher_wizard-{__version__}-py3-none-any.whl", tmp_path / "second.whl"
    pack(first)
    pack(second)
    assert first.read_bytes() == second.read_bytes()
    target = tmp_path / "there"
    words = ("-m", "pip", "install", "-q", "--no-index", "--no-deps", "--target", str(target), str(first))
    subprocess.run((sys.executable, *words), check=True, cwd=tmp_path)
    run = "import sys; from wizard.cli.main import main; main(['--version'])"
    said = subprocess.run(
        (sys.executable, "-P", "-c", run), env={"PYTHONPATH": str(target)}, capture_output=True, text=True
    )
    assert said.stdout.strip() == f"rancher-wizard {__version__}"
    assert (target / "profiles" / "artifacts.yaml").is_file()
    assert (target / "bin" / "rancher-wizard").is_file()
