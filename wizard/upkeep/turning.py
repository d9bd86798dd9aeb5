"""One server asked to take a new token: wherever a call was cut short, it ends with etcd's data sealed by it."""

from wizard.distros.rke2.supervisor import Supervisor
from wizard.errors import StepFailed
from wizard.secret import Secret


async def turn(door: Supervisor, node: str, old: Secret, new: Secret) -> bool:
    """Have the cluster take `new` for `old`; return False where it had. Raises StepFailed, with which token holds.

    A server lets the new token in before etcd's data is sealed by it: after a call that was cut short it is asked once
    more with the new one alone, which it can only save where both are done. Else it is taken back to the old one first.
    """
    if await door.lets_in(new):
        if old == new or not await door.renew(new, new):
            return False
        if said := await door.renew(new, old):
            raise StepFailed(
                node,
                f"a rotation was cut short, and can't be taken back: {said}",
                cause="etcd has no majority, or its bootstrap data is sealed by a third token.",
                hint="Restart no server; bring etcd back to health, then retry. Both tokens are in the vault.",
            )
    elif not await door.lets_in(old):
        raise StepFailed(
            node,
            "it takes neither the vault's token nor the one that is to follow",
            cause="The token was changed by hand, or another cluster's state is in the vault.",
            hint=f"Compare /var/lib/rancher/rke2/server/token on {node} with the vault's; nothing was changed.",
        )
    if said := await door.renew(old, new):
        raise StepFailed(
            node,
            f"the new token was not taken: {said}",
            cause="etcd has no majority just now, or the server is not ready.",
            hint="Restart no server; bring etcd back to health, then retry. Both tokens are in the vault.",
        )
    return True
