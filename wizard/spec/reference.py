"""Where a secret is kept: the spec names the place, never the secret."""

import os
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, model_validator

from wizard.errors import BadSpec
from wizard.secret import Secret
from wizard.spec.fault import fault
from wizard.spec.field import LocalPath, Part

SIZE_LIMIT = 64 * 1024  # bytes; a secret is short, a wrong path may be a disk


def located(path: Path, base: Path) -> Path:
    """Take a path from the spec and the spec's folder; return it with `~` and relative parts resolved."""
    try:
        return base / path.expanduser()
    except RuntimeError:  # ~user of nobody here
        return base / path


def _variable(text: str) -> str:
    # Not quoted: who writes the secret itself here would see it printed.
    if text and not text[0].isdigit() and text.isascii() and text.replace("_", "").isalnum():
        return text
    raise fault("is not the name of an environment variable", "letters, digits and '_', as in RKE2_TOKEN")


class SecretRef(Part):
    """Where a secret is kept. The spec never holds the secret itself."""

    model_config = ConfigDict(
        json_schema_extra={"oneOf": [{"required": ["env"]}, {"required": ["file"]}], "minProperties": 1}
    )

    env: Annotated[str, AfterValidator(_variable)] | None = Field(
        default=None, description="Name of the environment variable that holds the secret when the wizard runs."
    )
    file: LocalPath | None = Field(
        default=None,
        description="File that holds the secret, relative to the spec's folder. A line end at its end is cut off.",
    )

    @model_validator(mode="after")
    def _one_place(self) -> "SecretRef":
        if (self.env is None) == (self.file is None):
            raise fault("names no one place for the secret", "either {env: NAME} or {file: PATH}")
        return self

    def read(self, base: Path) -> Secret:
        """Take the spec's folder; return the secret.

        Raises BadSpec where the variable is not set, or the file can't be read, is empty or is no text.
        """
        return _from_file(located(self.file, base)) if self.file else _from_environment(self.env or "")


def _from_environment(name: str) -> Secret:
    if value := os.environ.get(name):
        return Secret(value)
    raise BadSpec(
        [f"${name}: the environment variable is not set"], hint=f"Set it, as in: read -rs {name}; export {name}"
    )


def _from_file(path: Path) -> Secret:
    try:
        with path.open("rb") as file:
            data = file.read(SIZE_LIMIT + 1)
        text = data.decode().rstrip("\r\n")
    except OSError as error:
        raise BadSpec(
            [f"{path}: {error.strerror}"], hint="Name a file that holds the secret and that you may read."
        ) from None
    except UnicodeDecodeError:
        raise BadSpec([f"{path}: not UTF-8 text"], hint="Name a file that holds the secret as text.") from None
    if not text or len(data) > SIZE_LIMIT:
        what = "empty" if not text else f"larger than {SIZE_LIMIT // 1024} KiB"
        raise BadSpec([f"{path}: {what}"], hint="Name a file that holds the secret and nothing else.")
    return Secret(text)


def _reference(value: object) -> object:
    if isinstance(value, dict | SecretRef) or value is None:
        return value
    raise fault("is a secret in the clear", "say where it is kept: {env: NAME} or {file: PATH}")


SecretPlace = Annotated[SecretRef, BeforeValidator(_reference, json_schema_input_type=SecretRef)]
