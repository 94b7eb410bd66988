"""The protocol of an LMS over HTTP as an OpenAPI description, made of its messages."""

from typing import Any

from pydantic.json_schema import models_json_schema

from reconciler.lms.http.messages import (
    PROTOCOL,
    About,
    Accounts,
    Catalog,
    Enrollments,
    Message,
    Progress,
    Refusal,
    Write,
    Written,
)

REFERENCE = "#/components/schemas/{model}"
AT_LEAST = ("at_least", "integer", "The reading shows this revision or a newer one, else 425.")
LIMIT = ("limit", "integer", "The most rows on a page; the LMS may give fewer.")
FIRST = ("first", "integer", "The place of the first row that is wanted, from 0.")
READING = ("reading", "string", "Which reading; left out on the first page. One that is gone: 410.")
CONTENT = ("content", "array", "Only these contents.")
PAGED = (AT_LEAST, LIMIT, FIRST, READING)
READINGS: dict[str, tuple[type[Message], str, tuple[tuple[str, str, str], ...]]] = {
    "/": (About, "Who this is, what it can do, and its newest revision.", ()),
    "/catalog": (Catalog, "Every content.", (AT_LEAST,)),
    "/accounts": (Accounts, "Who has an account.", PAGED),
    "/enrollments": (Enrollments, "The enrollments in some contents.", (CONTENT, *PAGED)),
    "/progress": (Progress, "The courses in some modules.", (CONTENT, *PAGED)),
}
WRITES = {
    "/assign": "Enroll; who is enrolled already is left as they are.",
    "/reassign": "Let enrollments start over, whole or in part (R).",
    "/reschedule": "Set the due instant of open enrollments, or take it away.",
    "/remove": "Take enrollments away, or withdraw open retakes (D3).",
}
MODELS = (About, Catalog, Accounts, Enrollments, Progress, Write, Written, Refusal)
REFUSALS = {
    "401": "The token is not known. Nothing was done.",
    "403": "The token may not do this. Nothing was done.",
    "409": "Busy with these rows or this key. Nothing was done; come again.",
    "410": "This reading is gone. Begin it anew.",
    "413": "Too many rows. Nothing was done.",
    "422": "Refused as a whole, because of some of its rows. Nothing was done.",
    "425": "This revision cannot be shown yet. Come again.",
    "429": "Too many calls, with Retry-After. Nothing was done.",
    "503": "Closed for maintenance, with Retry-After. Nothing was done.",
}


def openapi() -> dict[str, Any]:
    """The description, as a document of OpenAPI 3.1."""
    _, schemas = models_json_schema(
        [(model, "validation") for model in MODELS], ref_template=REFERENCE
    )
    paths: dict[str, Any] = {
        path: {"get": _reading(path, *told)} for path, told in READINGS.items()
    }
    paths |= {path: {"post": _write(path, summary)} for path, summary in WRITES.items()}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "An LMS for reconciler",
            "version": PROTOCOL.rpartition("/")[2],
            "description": f"The protocol {PROTOCOL}. docs/lms-over-http.md says what it means.",
        },
        "paths": paths,
        "components": {
            "schemas": schemas["$defs"],
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{"token": []}],
    }


def _reading(
    path: str, model: type[Message], summary: str, parameters: tuple[tuple[str, str, str], ...]
) -> dict[str, Any]:
    return {
        "operationId": path.strip("/") or "about",
        "summary": summary,
        "parameters": [_parameter(*one) for one in parameters],
        "responses": _responses(model, summary),
    }


def _write(path: str, summary: str) -> dict[str, Any]:
    return {
        "operationId": path.strip("/"),
        "summary": summary,
        "requestBody": {"required": True, "content": _json(Write)},
        "responses": _responses(Written, "One result for each row that was sent."),
    }


def _parameter(name: str, kind: str, description: str) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": kind}
    if kind == "array":
        schema["items"] = {"type": "string"}
    return {"name": name, "in": "query", "description": description, "schema": schema}


def _responses(model: type[Message], description: str) -> dict[str, Any]:
    refusals = {
        code: {"description": told, "content": _json(Refusal)} for code, told in REFUSALS.items()
    }
    return {"200": {"description": description, "content": _json(model)}, **refusals}


def _json(model: type[Message]) -> dict[str, Any]:
    reference = REFERENCE.format(model=model.__name__)
    return {"application/json": {"schema": {"$ref": reference}}}
