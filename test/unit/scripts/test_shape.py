"""The package stays readable: short functions, and classes with few attributes."""

import ast
import pathlib
import unittest

import programs

PACKAGE = pathlib.Path(programs.__file__).parents[3] / "scripts" / "failover_pair"
LINES = 40
ATTRIBUTES = 12


def too_long(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.end_lineno - node.lineno >= LINES:
            yield "%s has %d lines" % (node.name, node.end_lineno - node.lineno + 1)


def attributes(node):
    """What its methods assign to self."""
    for one in ast.walk(node):
        if isinstance(one, ast.Attribute) and isinstance(one.ctx, ast.Store) and isinstance(one.value, ast.Name):
            if one.value.id == "self":
                yield one.attr


def too_wide(tree):
    for node in ast.walk(tree):
        found = set(attributes(node)) if isinstance(node, ast.ClassDef) else ()
        if len(found) > ATTRIBUTES:
            yield "%s has %d attributes: %s" % (node.name, len(found), ", ".join(sorted(found)))


def trees():
    return [(path, ast.parse(path.read_text())) for path in PACKAGE.rglob("*.py")]


class Shape(unittest.TestCase):
    def found(self, rule):
        return ["%s: %s" % (path.relative_to(PACKAGE), what) for path, tree in trees() for what in rule(tree)]

    def test_no_function_has_more_than_40_lines(self):
        self.assertEqual(self.found(too_long), [])

    def test_no_class_has_more_than_a_dozen_attributes(self):
        self.assertEqual(self.found(too_wide), [])

    def test_both_are_found(self):
        long = "def f():\n" + "    pass\n" * LINES
        wide = "class A:\n    def f(self):\n" + "".join("        self.a%d = 1\n" % i for i in range(ATTRIBUTES + 1))
        self.assertEqual(list(too_long(ast.parse(long))), ["f has 41 lines"])
        self.assertEqual([what[:18] for what in too_wide(ast.parse(wide))], ["A has 13 attribute"])
