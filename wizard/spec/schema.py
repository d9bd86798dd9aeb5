"""The spec's JSON schema, by which editors complete and check while an operator types."""

from typing import Any

from wizard.spec.models import Spec


def json_schema() -> dict[str, Any]:
    """Return the schema of `cluster.yaml`, JSON Schema 2020-12, with a description of every field."""
    schema = Spec.model_json_schema(mode="validation")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "rancher-wizard cluster.yaml"}
