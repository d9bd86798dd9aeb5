"""Requests for objects: which kinds there are, and list, get, create, replace, patch and delete of any of them."""

import re
from typing import Any
from urllib.parse import SplitResult, parse_qs

from .kinds import Kind
from .objects import Object, Objects, refusal
from .web import Request

PATH = re.compile(
    r"/(?:api/(?P<core>v1)|apis/(?P<group>[^/]+)/(?P<version>[^/]+))"
    r"(?:/namespaces/(?P<space>[^/]+)(?=/[a-z]))?/(?P<plural>[^/]+)(?:/(?P<name>[^/]+))?"
)
KINDS = "/apis/standin"
"""All kinds in one answer: discovery by the real paths takes a request for each group."""
VERBS = ["create", "delete", "get", "list", "patch", "update"]


def answer(objects: Objects, request: Request, url: SplitResult) -> Any:
    """Return the body for a request below /api and /apis; raises Answer with a Status for what is not there."""
    path = url.path.rstrip("/")
    kinds = objects.kinds()
    if path == KINDS:
        return [[kind.version, kind.name, kind.plural, kind.spaced] for kind in kinds]
    if (found := _discovery(kinds, path)) is not None:
        return found
    match = PATH.fullmatch(path)
    version = match and (match["core"] or f"{match['group']}/{match['version']}")
    kind = next((each for each in kinds if match and (each.version, each.plural) == (version, match["plural"])), None)
    if match is None or kind is None:
        raise refusal(404, "the server could not find the requested resource")
    query = {key: values[-1] for key, values in parse_qs(url.query).items()}
    return _objects(objects, request, kind, match["space"] or "", match["name"] or "", query)


def _objects(objects: Objects, request: Request, kind: Kind, space: str, name: str, query: dict[str, str]) -> Any:
    dry = query.get("dryRun") == "All"
    if request.command == "GET" and not name:
        chosen = [each for each in objects.all(kind, space) if selected(each, query.get("labelSelector", ""))]
        return {"kind": f"{kind.name}List", "apiVersion": kind.version, "metadata": {}, "items": chosen}
    if request.command == "POST":
        given = request.read()
        if objects.get(kind, space, given["metadata"]["name"]):
            raise refusal(409, f'{kind.plural} "{given["metadata"]["name"]}" already exists')
        return objects.merge(kind, space, given, dry=dry)
    if request.command == "PATCH" and "apply-patch" in request.headers.get("Content-Type", ""):
        return objects.merge(kind, space, request.read(), dry=dry)
    there = objects.get(kind, space, name)
    if there is None:
        raise refusal(404, f'{kind.plural}{f".{kind.group}" if kind.group else ""} "{name}" not found')
    if request.command == "GET":
        return there
    if request.command == "DELETE":
        objects.delete(kind, space, name)
        return {"kind": "Status", "apiVersion": "v1", "status": "Success"}
    given = request.read()
    if request.command == "PUT":
        given["metadata"]["namespace"] = space
        return objects.put(kind, {key: value for key, value in given.items() if key != "status"}, dry=dry)
    given.setdefault("metadata", {})["name"] = name
    return objects.merge(kind, space, given, dry=dry)


def selected(item: Object, selector: str) -> bool:
    """Whether an object bears the labels that a selector asks for: a=b, a!=b, a in (b,c), a."""
    labels = item["metadata"].get("labels") or {}
    for each in re.findall(r"[^,(]+\([^)]*\)|[^,]+", selector):
        one = re.fullmatch(r"\s*([^\s=!]+)\s*(?:(==?|!=)\s*(\S+)|(in|notin)\s*\(([^)]*)\))?\s*", each)
        if one is None:
            raise refusal(400, f"unable to parse requirement: {each}")
        key, sign, value, among, values = one.groups()
        wanted = {word.strip() for word in (values or value or "").split(",")}
        holds = key in labels if not (sign or among) else labels.get(key) in wanted
        if holds == (sign == "!=" or among == "notin"):
            return False
    return True


def _discovery(kinds: list[Kind], path: str) -> Any:
    if path == "/api":
        return {"kind": "APIVersions", "versions": ["v1"]}
    if path == "/apis":
        groups: dict[str, list[str]] = {}
        for kind in kinds:
            if kind.group and kind.version not in groups.setdefault(kind.group, []):
                groups[kind.group].append(kind.version)
        return {"kind": "APIGroupList", "apiVersion": "v1", "groups": [_group(*each) for each in groups.items()]}
    version = path.removeprefix("/apis/").removeprefix("/api/")
    here = [kind for kind in kinds if kind.version == version and kind.path().startswith(f"{path}/")]
    if not here:
        return None
    resources = [
        {"name": kind.plural, "singularName": kind.name.lower(), "namespaced": kind.spaced, "kind": kind.name}
        | {"verbs": VERBS}
        for kind in here
    ]
    return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": version, "resources": resources}


def _group(name: str, versions: list[str]) -> Object:
    shown = [{"groupVersion": each, "version": each.rpartition("/")[2]} for each in versions]
    return {"name": name, "versions": shown, "preferredVersion": shown[0]}


def schema(kinds: list[Kind], path: str) -> Any:
    """Return of OpenAPI v3 what clients ask it for: that fields are judged here, for each kind."""
    if path == "/openapi/v3":
        roots = {kind.path().rpartition("/")[0].lstrip("/") for kind in kinds}
        return {"paths": {root: {"serverRelativeURL": f"/openapi/v3/{root}"} for root in sorted(roots)}}
    root = path.removeprefix("/openapi/v3")
    judged = {"name": "fieldValidation", "in": "query", "schema": {"type": "string"}}
    paths = {
        kind.path("{namespace}", "{name}"): {
            "patch": {
                "parameters": [judged],
                "x-kubernetes-group-version-kind": {
                    "group": kind.group,
                    "version": kind.version.rpartition("/")[2],
                    "kind": kind.name,
                },
            }
        }
        for kind in kinds
        if kind.path().startswith(f"{root}/")
    }
    return {"openapi": "3.0.0", "info": {"title": "stand-in", "version": "v1"}, "paths": paths}
