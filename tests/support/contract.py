"""Holds requests and replies of the API against schemas/openapi.yaml (python3-jsonschema, python3-yaml; tests only).

    Console.contract = Contract()     # from now on every exchange of every session is judged

A request that the description does not allow is a defect of the test, a reply that it does not promise one of the server.
"""
import json
import pathlib
import re

import jsonschema
import yaml

API = pathlib.Path(__file__).resolve().parent.parent.parent / "schemas" / "openapi.yaml"


class Broken(AssertionError):
    """What was said or answered is not what the description promises."""


class Contract:
    def __init__(self):
        self.api = yaml.safe_load(API.read_text(encoding="utf-8"))
        self.resolver = jsonschema.RefResolver.from_schema(self.api)
        self.routes = [(method.upper(), re.compile("^" + re.sub(r"\{\w+\}", "[^/]+", path) + "$"), operation)
                       for path, item in self.api["paths"].items() for method, operation in item.items()]
        # The longer pattern first: /policies/check before /policies/{revision}.
        self.routes.sort(key=lambda route: (route[1].pattern.count("[^/]+"), -len(route[1].pattern)))
        self.seen = {}

    def operation(self, method, path):
        for known, pattern, operation in self.routes:
            if known == method and pattern.match(path.split("?")[0]):
                return operation
        raise Broken(f"{method} {path} stands nowhere")

    def check(self, where, schema, value):
        errors = list(jsonschema.Draft202012Validator(schema, resolver=self.resolver).iter_errors(value))
        if errors:
            raise Broken(f"{where}: {errors[0].json_path}: {errors[0].message[:300]}")

    def whole(self, node):
        return self.resolver.resolve(node["$ref"])[1] if "$ref" in node else node

    def request(self, method, path, body):
        operation = self.operation(method, path)
        wanted = operation.get("requestBody")
        if body is not None and wanted is None and body != {}:
            raise Broken(f"{method} {path} takes no body")
        if wanted is not None:
            self.check(f"request of {operation['operationId']}", wanted["content"]["application/json"]["schema"], body)

    def reply(self, method, path, status, text):
        operation = self.operation(method, path)
        name = operation["operationId"]
        self.seen.setdefault(name, set()).add(status)
        answers = operation["responses"]
        if str(status) not in answers:
            if status < 400:
                raise Broken(f"{name} answers {status}, which it does not promise")
            return self.check(f"refusal of {name}", {"$ref": "#/components/schemas/Error"}, json.loads(text))
        content = self.whole(answers[str(status)]).get("content", {}).get("application/json")
        if content is not None:
            # A 422 holds what is wrong, or a plain refusal where the body was not even read.
            schema = content["schema"]
            if status >= 400 and schema.get("$ref") != "#/components/schemas/Error":
                schema = {"anyOf": [schema, {"$ref": "#/components/schemas/Error"}]}
            self.check(f"reply {status} of {name}", schema, json.loads(text))
        return None
