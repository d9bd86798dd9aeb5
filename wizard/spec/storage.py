"""What keeps the data of applications; the nodes are checked for what it needs."""

from typing import Literal

from pydantic import Field

from wizard.spec.field import HostAddress, Part, RemotePath

StorageKind = Literal["none", "local-path", "longhorn", "nfs", "csi"]


class Storage(Part):
    """Storage for applications. It is installed once the cluster is up; nodes are made fit for it before."""

    kind: StorageKind = Field(
        default="none",
        description="none, local-path, longhorn, nfs, or csi for a driver of your own. Default: none.",
    )
    shared: bool = Field(default=False, description="Whether several nodes write to one volume (RWX). Default: false.")
    path: RemotePath | None = Field(
        default=None,
        description="local-path, longhorn: folder on the nodes that keeps the volumes. "
        "Default: /opt/local-path-provisioner, /var/lib/longhorn.",
    )
    server: HostAddress | None = Field(
        default=None, description="nfs: the server, which every node that runs applications reaches. Default: not told."
    )
    export: RemotePath | None = Field(
        default=None, description="nfs: the folder that it exports, given with server. Default: not told."
    )
