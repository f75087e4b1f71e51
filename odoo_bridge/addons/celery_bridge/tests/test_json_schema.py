from odoo.tests import BaseCase, tagged

from ..fabric.json_schema import faults

# As pydantic writes it for a model with a nested model, an enumeration and optional fields.
PYDANTIC = {
    "$defs": {
        "Line": {
            "type": "object",
            "properties": {
                "product_id": {"type": "integer", "exclusiveMinimum": 0},
                "quantity": {"type": "number", "minimum": 0, "maximum": 100},
            },
            "required": ["product_id"],
            "additionalProperties": False,
        },
        "Form": {"type": "string", "enum": ["xlsx", "csv"]},
    },
    "type": "object",
    "properties": {
        "lines": {"type": "array", "items": {"$ref": "#/$defs/Line"}, "minItems": 1, "maxItems": 3},
        "form": {"$ref": "#/$defs/Form", "default": "xlsx"},
        "since": {"anyOf": [{"type": "string", "format": "date"}, {"type": "null"}]},
        "at": {"type": "string", "format": "date-time"},
        "code": {"type": "string", "pattern": "^[A-Z]+$", "minLength": 2, "maxLength": 4},
        "version": {"const": 1},
        "prices": {"type": "object", "additionalProperties": {"type": "number"}},
        "pair": {"type": "array", "prefixItems": [{"type": "integer"}, {"type": "string"}]},
    },
    "required": ["lines"],
    "additionalProperties": False,
}


@tagged("post_install", "-at_install")
class TestJsonSchema(BaseCase):
    def faults(self, **params):
        return faults(PYDANTIC, {"lines": [{"product_id": 1}], **params})

    def assertOnly(self, fault, **params):
        self.assertEqual(self.faults(**params), [fault])

    def test_what_fits(self):
        self.assertEqual(
            self.faults(
                lines=[{"product_id": 1, "quantity": 2.5}],
                form="csv",
                since=None,
                at="2026-01-01T10:00:00Z",
                code="ABC",
                version=1,
                prices={"a": 1, "b": 1.5},
                pair=[1, "x"],
            ),
            [],
        )

    def test_type(self):
        self.assertEqual(faults(PYDANTIC, []), ["params: must be an object"])
        self.assertOnly("params.lines[0]: must be an object", lines=[1])
        self.assertOnly("params.code: must be a text", code=7)

    def test_a_boolean_is_no_number(self):
        self.assertOnly(
            "params.lines[0].product_id: must be an integer", lines=[{"product_id": True}]
        )
        self.assertOnly("params.version: must be 1", version=True)

    def test_required(self):
        self.assertEqual(faults(PYDANTIC, {}), ["params.lines: is missing"])
        self.assertOnly("params.lines[1].product_id: is missing", lines=[{"product_id": 1}, {}])

    def test_unknown_name(self):
        fault = "params.lines[0].qty: is not a parameter of this task (known: product_id, quantity)"
        self.assertOnly(fault, lines=[{"product_id": 1, "qty": 1}])

    def test_enum_and_const(self):
        self.assertOnly("params.form: must be 'xlsx' or 'csv'", form="pdf")
        self.assertOnly("params.version: must be 1", version=2)

    def test_any_of(self):
        self.assertOnly("params.since: must be a text, or must be null", since=3)
        self.assertOnly("params.since: must be a date (YYYY-MM-DD), or must be null", since="soon")

    def test_any_of_names_the_field_of_the_part_that_came_furthest(self):
        schema = {"anyOf": [PYDANTIC, {"type": "null"}]}
        schema["$defs"] = PYDANTIC["$defs"]
        found = faults(schema, {"lines": [{"product_id": "x"}]})
        self.assertEqual(found, ["params.lines[0].product_id: must be an integer"])

    def test_all_of(self):
        schema = {"allOf": [{"type": "integer"}, {"minimum": 3}]}
        self.assertEqual(faults(schema, 2), ["params: must be at least 3"])

    def test_list_length(self):
        self.assertOnly("params.lines: must have at least 1 items", lines=[])
        self.assertOnly("params.lines: must have at most 3 items", lines=[{"product_id": 1}] * 4)

    def test_bounds(self):
        for line, reason in [
            ({"product_id": 0}, "product_id: must be greater than 0"),
            ({"product_id": 1, "quantity": -1}, "quantity: must be at least 0"),
            ({"product_id": 1, "quantity": 101}, "quantity: must be at most 100"),
        ]:
            self.assertOnly(f"params.lines[0].{reason}", lines=[line])
        self.assertEqual(faults({"exclusiveMaximum": 5}, 5), ["params: must be less than 5"])

    def test_text(self):
        self.assertOnly("params.code: must match ^[A-Z]+$", code="abc")
        self.assertOnly("params.code: must have at least 2 characters", code="A")
        self.assertOnly("params.code: must have at most 4 characters", code="ABCDE")

    def test_formats(self):
        self.assertOnly("params.at: must be a date and time (ISO 8601)", at="yesterday")
        self.assertEqual(faults({"format": "uuid"}, "1-2"), ["params: must be a UUID"])

    def test_values_of_an_open_object(self):
        self.assertOnly("params.prices.b: must be a number", prices={"a": 1, "b": "1"})

    def test_prefix_items(self):
        self.assertOnly("params.pair[1]: must be a text", pair=[1, 2])

    def test_every_fault_is_named(self):
        paths = [fault.split(":")[0] for fault in self.faults(form="pdf", version=2)]
        self.assertEqual(paths, ["params.form", "params.version"])

    def test_an_empty_schema_takes_everything(self):
        self.assertEqual(faults({}, {"a": [None]}), [])
