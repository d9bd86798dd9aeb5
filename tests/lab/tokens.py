"""The cluster's token: what the vault holds, and a change of it that the vault is not told of."""

from tests.lab.nodes import LabNode
from tests.lab.operator import Operator
from wizard.vault.vault import Vault

_PUT = """python3 - <<'END'
import base64, json, ssl, urllib.request
basic = base64.b64encode(b"server:{has}").decode()
headers = {{"Authorization": "Basic " + basic}}
body = json.dumps({{"newToken": "{gets}"}}).encode()
asked = urllib.request.Request("https://127.0.0.1:9345/v1-rke2/token", body, headers, method="PUT")
urllib.request.urlopen(asked, context=ssl._create_unverified_context())
END"""


def token(operator: Operator, name: str = "server-token") -> str:
    """A token of the operator's vault."""
    found = Vault.open(operator.state).get(name)
    assert found
    return found.reveal()


def tell_of(server: LabNode, old: str, new: str) -> None:
    """Give the cluster a new token by hand, where a call that was cut short left it half given."""
    for has, gets in ((new, old), (old, new)):
        server.run(_PUT.format(has=has, gets=gets))
