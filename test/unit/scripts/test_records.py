"""Named tuples that cost no time at the start."""

import copy
import unittest

import programs  # noqa: F401
from failover_pair.records import NamedTuple


class Point(NamedTuple):
    """A place."""

    x: int
    y: int = 2
    name: str = "a"

    def sum(self):
        return self.x + self.y


class Records(unittest.TestCase):
    def test_fields_by_position_name_and_default(self):
        for one in (Point(1), Point(1, 2), Point(x=1), Point(1, name="a"), Point(1, 2, "a")):
            self.assertEqual(one, (1, 2, "a"))
            self.assertEqual((one.x, one.y, one.name, one.sum()), (1, 2, "a", 3))

    def test_a_field_that_is_missing_or_unknown_or_there_twice(self):
        for values, named in (((), {}), ((1, 2, "a", 4), {}), ((1,), {"z": 3}), ((1,), {"x": 1})):
            with self.assertRaisesRegex(TypeError, "^Point has the fields x, y, name, not "):
                Point(*values, **named)

    def test_it_is_a_value(self):
        one = Point(1)
        self.assertEqual(one._replace(y=5), (1, 5, "a"))
        self.assertEqual(one._asdict(), {"x": 1, "y": 2, "name": "a"})
        self.assertEqual((repr(one), Point.__doc__, len({one, Point(1)})), ("Point(x=1, y=2, name='a')", "A place.", 1))
        self.assertIs(type(copy.deepcopy(one)), Point)
        with self.assertRaises(AttributeError):
            one.x = 3
        with self.assertRaises(AttributeError):
            one.z = 3

    def test_it_is_made_of_all_its_values(self):
        self.assertEqual(Point._make([3, 4, "b"]), Point(3, 4, "b"))

    def test_it_is_taken_apart(self):
        match Point(1):
            case Point(x, y, name):
                self.assertEqual((x, y, name), (1, 2, "a"))


if __name__ == "__main__":
    unittest.main()
