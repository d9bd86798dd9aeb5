"""Logins at registries: basic, or a token fetched where the registry says."""

import base64
import re
from collections.abc import AsyncGenerator
from dataclasses import dataclass

import httpx

from wizard.errors import WizardError
from wizard.secret import Secret

_PART = re.compile(r'(\w+)="([^"]*)"')
_REPOSITORY = re.compile(r"/v2/(.+?)/(?:manifests|blobs|tags)/")


@dataclass(frozen=True, slots=True)
class Login:
    """A user at a registry."""

    username: str
    password: Secret

    def basic(self) -> str:
        """Return it as an Authorization header's value."""
        pair = f"{self.username}:{self.password.reveal()}".encode()
        return f"Basic {base64.b64encode(pair).decode()}"


class RegistryAuth(httpx.Auth):
    """Answers a registry's challenge, with a login or as anybody; a token that ran out is fetched anew.

    https://distribution.github.io/distribution/spec/auth/token/
    """

    def __init__(self, login: Login | None = None) -> None:
        self._login = login
        self._headers: dict[tuple[str, str, bool], str] = {}

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """Send with what is known, and once more with what the registry asks for."""
        key = _realm_of(request)
        if key in self._headers:
            request.headers["Authorization"] = self._headers[key]
        response = yield request
        if response.status_code != 401:
            return
        kind, _, rest = response.headers.get("WWW-Authenticate", "").partition(" ")
        if kind.lower() == "basic" and self._login:
            self._headers[key] = self._login.basic()
        elif kind.lower() == "bearer":
            asked = self._token_request(dict(_PART.findall(rest)), request)
            answer = yield asked
            await answer.aread()
            self._headers[key] = f"Bearer {_token(answer, str(asked.url))}"
        else:
            return
        request.headers["Authorization"] = self._headers[key]
        yield request

    def _token_request(self, challenge: dict[str, str], request: httpx.Request) -> httpx.Request:
        query = {name: value for name, value in challenge.items() if name in ("service", "scope")}
        headers = {"Authorization": self._login.basic()} if self._login else {}
        try:
            realm = httpx.URL(challenge.get("realm", ""))
        except httpx.InvalidURL:
            realm = httpx.URL("")
        # A login goes nowhere unsealed because a registry says so.
        if realm.scheme not in ("https", request.url.scheme):
            raise WizardError(f"{request.url.host}: sends to {realm} for a token", hint="That is no way for a login.")
        return httpx.Request("GET", realm, params=query, headers=headers)


def _realm_of(request: httpx.Request) -> tuple[str, str, bool]:
    found = _REPOSITORY.search(request.url.path)
    return request.url.netloc.decode(), found[1] if found else "", request.method not in ("GET", "HEAD")


def _token(answer: httpx.Response, url: str) -> str:
    if answer.status_code in (400, 401, 403):
        raise WizardError(f"{url}: the login was refused", hint="See the user name and the password.")
    try:
        record = answer.json()
        token = record.get("token") or record.get("access_token")
    except (ValueError, AttributeError):
        token = None
    if not answer.is_success or not isinstance(token, str):
        raise WizardError(f"{url}: HTTP {answer.status_code}, no token", hint="Try again later.")
    return token
