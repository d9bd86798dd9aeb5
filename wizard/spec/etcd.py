"""Snapshots of the cluster's state."""

from pydantic import Field

from wizard.spec.field import Cron, Part, RemotePath, Text
from wizard.spec.reference import SecretPlace


class S3(Part):
    """A bucket that snapshots are copied to."""

    endpoint: Text = Field(
        default="s3.amazonaws.com", description="Host, or host:port, of the service. Default: s3.amazonaws.com."
    )
    bucket: Text = Field(description="Name of the bucket.")
    region: Text = Field(default="us-east-1", description="Region of the bucket. Default: us-east-1.")
    folder: Text | None = Field(default=None, description="Folder in the bucket. Default: its root.")
    access_key: SecretPlace | None = Field(
        default=None, description="Where the access key is kept. Default: none; the machine's own role is used."
    )
    secret_key: SecretPlace | None = Field(
        default=None, description="Where the secret key is kept. Given together with access_key."
    )
    endpoint_ca: RemotePath | None = Field(
        default=None,
        description="Path on the servers of the CA certificate for the service. Default: the system's CAs.",
    )
    skip_ssl_verify: bool = Field(default=False, description="Trust any certificate of the service. Default: false.")


class Snapshots(Part):
    """Scheduled snapshots, taken by each server for itself."""

    enabled: bool = Field(default=True, description="Take snapshots by schedule. Default: true.")
    schedule: Cron = Field(default="0 */12 * * *", description='Cron schedule in node time. Default: "0 */12 * * *".')
    retention: int = Field(default=5, ge=1, le=10_000, description="Snapshots kept per server. Default: 5.")
    compress: bool = Field(default=False, description="Write them as zip. Default: false.")
    dir: RemotePath | None = Field(
        default=None, description="Folder on the servers. Default: server/db/snapshots in RKE2's data folder."
    )
    s3: S3 | None = Field(default=None, description="Copy each snapshot to S3. Default: no.")


class Etcd(Part):
    """The cluster's data store."""

    snapshots: Snapshots = Field(default=Snapshots(), description="Scheduled snapshots. Default: two a day, 5 kept.")
