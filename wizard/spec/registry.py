"""Where nodes get container images: what becomes RKE2's registries.yaml."""

from pydantic import Field

from wizard.spec.field import Part, RegistryName, RemotePath, Text, WebUrl
from wizard.spec.reference import SecretPlace


class Mirror(Part):
    """Where images of one registry are fetched instead."""

    endpoint: tuple[WebUrl, ...] = Field(
        default=(), description="URLs to try in order, before the registry itself. Default: none."
    )
    rewrite: dict[Text, str] = Field(
        default={}, description="Regular expressions on image names, each with its replacement. Default: none."
    )


class Auth(Part):
    """The login at a registry."""

    username: Text = Field(description="User name at the registry.")
    password: SecretPlace = Field(description="Where the password is kept: {env: NAME} or {file: PATH}.")


class Tls(Part):
    """The certificates for a registry."""

    ca_file: RemotePath | None = Field(
        default=None, description="Path on the nodes of its CA certificate. Default: the system's CAs."
    )
    cert_file: RemotePath | None = Field(
        default=None, description="Path on the nodes of the client certificate. Default: none."
    )
    key_file: RemotePath | None = Field(default=None, description="Path on the nodes of the client key. Default: none.")
    insecure_skip_verify: bool = Field(default=False, description="Trust any certificate. Default: false.")


class RegistryConfig(Part):
    """How to speak to one registry or mirror."""

    auth: Auth | None = Field(default=None, description="Login. Default: none.")
    tls: Tls | None = Field(default=None, description="Certificates. Default: the system's CAs.")


class Registries(Part):
    """Private registries and mirrors."""

    mirrors: dict[RegistryName, Mirror] = Field(
        default={},
        description="By registry as in image names (docker.io, or * for all): where to fetch instead. Default: none.",
    )
    configs: dict[RegistryName, RegistryConfig] = Field(
        default={}, description="By host:port of a mirror or registry: login and certificates. Default: none."
    )
    system_default_registry: RegistryName | None = Field(
        default=None, description="Registry put before the names of all of RKE2's own images. Default: none."
    )

    def mirrored(self, registry: str) -> bool:
        """Whether images of a registry, such as docker.io, are fetched from a mirror that has an endpoint here."""
        return any(self.mirrors[name].endpoint for name in (registry, "*") if name in self.mirrors)
