import json
from pathlib import Path

import pytest

from wizard.bundle.oci.authfile import read_auth_file, usual_auth_file
from wizard.bundle.oci.login import Login
from wizard.errors import WizardError
from wizard.secret import Secret

ANNA = {"auth": "YW5uYTp3bzpyZA=="}  # anna:wo:rd


def written(folder: Path, text: str) -> Path:
    path = folder / "auth.json"
    path.write_text(text)
    return path


def test_logins_are_read_as_docker_and_skopeo_write_them(tmp_path: Path) -> None:
    auths = {"quay.io": ANNA, "https://index.docker.io/v1/": ANNA, "reg.example:5000": {}}
    logins = read_auth_file(written(tmp_path, json.dumps({"auths": auths, "credsStore": "x"})))
    assert logins == dict.fromkeys(("quay.io", "docker.io"), Login("anna", Secret("wo:rd")))
    assert "wo:rd" not in repr(logins)


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"auths": {"a": {"auth": "?"}}}', '{"auths": {"a": {"auth": "YQ=="}}}']
)
def test_a_file_that_is_none_is_named(tmp_path: Path, text: str) -> None:
    with pytest.raises(WizardError, match=r"auth.json: not a file of registry logins"):
        read_auth_file(written(tmp_path, text))


def test_skopeos_file_comes_before_dockers(tmp_path: Path) -> None:
    environment = {"HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path / "run")}
    assert usual_auth_file(environment) is None
    (tmp_path / ".docker").mkdir()
    (tmp_path / ".docker" / "config.json").touch()
    assert usual_auth_file(environment) == tmp_path / ".docker" / "config.json"
    (tmp_path / "run" / "containers").mkdir(parents=True)
    (tmp_path / "run" / "containers" / "auth.json").touch()
    assert usual_auth_file(environment) == tmp_path / "run" / "containers" / "auth.json"
