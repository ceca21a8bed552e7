"""Runs the example in Python with a package that takes what the schema of the component has, and nothing else.

Usage: run_python.py SCHEMA EXAMPLE. Prints, as JSON, the arguments of every component and the exports.
"""

import enum
import json
import re
import runpy
import sys
import types


def snake(name):
    """virtualIps is virtual_ips, as Pulumi's generator of Python packages has it."""
    return re.sub(r"(?<=[a-z0-9])[A-Z]", lambda found: "_" + found.group().lower(), name)


class Output(str):
    pass


def check(path, value, spec, schema):
    if isinstance(value, Output):
        return
    if "$ref" in spec:
        definition = schema["types"][spec["$ref"].removeprefix("#/types/")]
        if "enum" in definition:
            assert value.value in [each["value"] for each in definition["enum"]], f"{path}: {value}"
        else:
            check_fields(path, value, definition["properties"], definition.get("required", []), schema)
        return
    expected = {"string": str, "number": (int, float), "boolean": bool, "array": list, "object": dict}[spec["type"]]
    assert isinstance(value, expected), f"{path} is not a {spec['type']}: {value!r}"
    for index, item in enumerate(value if spec["type"] == "array" else []):
        check(f"{path}[{index}]", item, spec["items"], schema)


def check_fields(path, given, properties, required, schema):
    known = {snake(name): spec for name, spec in properties.items()}
    missing = {snake(name) for name in required} - set(given)
    assert not missing, f"{path}: missing {sorted(missing)}"
    for name, value in given.items():
        assert name in known, f"{path}: there is no {name}, there are {sorted(known)}"
        check(f"{path}.{name}", value, known[name], schema)


def package(schema, made):
    module = types.ModuleType("pulumi_failover_pair")
    for token, definition in schema["types"].items():
        if "enum" in definition:
            name = token.rsplit(":", 1)[1]
            members = {snake(each["name"]).upper(): each["value"] for each in definition["enum"]}
            setattr(module, name, enum.Enum(name, members))
    for token, definition in schema["resources"].items():
        name = token.rsplit(":", 1)[1]

        def construct(self, resource_name, *, _definition=definition, **args):
            check_fields(resource_name, args, _definition["inputProperties"], _definition["requiredInputs"], schema)
            made[resource_name] = args
            for output in _definition["properties"]:
                setattr(self, snake(output), Output(output))

        setattr(module, name, type(name, (), {"__init__": construct}))
    return module


def sdk(exports):
    class Config:
        def require(self, key):
            return f"setting {key}"

        def require_secret(self, key):
            return Output(f"secret {key}")

    module = types.ModuleType("pulumi")
    module.Config = Config
    module.export = exports.__setitem__
    return module


def main(schema_file, example):
    with open(schema_file) as file:
        schema = json.load(file)
    made, exports = {}, {}
    sys.modules["pulumi"] = sdk(exports)
    sys.modules["pulumi_failover_pair"] = package(schema, made)
    sys.dont_write_bytecode = True
    runpy.run_path(example, run_name="__main__")
    json.dump({"made": made, "exports": exports}, sys.stdout, default=lambda each: each.value)


main(*sys.argv[1:])
