from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form, tagged

from .common import ThingCase

SCHEMA = {
    "type": "object",
    "$defs": {
        "Size": {"enum": ["small", "large"], "type": "string", "title": "Size"},
        "Line": {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]},
    },
    "properties": {
        "pricelistId": {"type": "integer", "title": "Pricelist"},
        "rate": {"type": "number", "default": 0.5, "title": "Rate"},
        "name": {"anyOf": [{"type": "string", "maxLength": 3}, {"type": "null"}], "default": None},
        "dry": {"type": "boolean", "default": True},
        "day": {"type": "string", "format": "date"},
        "size": {"$ref": "#/$defs/Size", "default": "small"},
        "lines": {"type": "array", "items": {"$ref": "#/$defs/Line"}},
        "level": {"enum": [1, 2]},
        "sure": {"anyOf": [{"type": "boolean"}, {"type": "null"}], "default": None},
    },
    "required": ["pricelistId"],
    "additionalProperties": False,
}
KEYS = {name: f"p{place}" for place, name in enumerate(SCHEMA["properties"])}


@tagged("post_install", "-at_install")
class TestStart(ThingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.fabric("register_tasks", tasks=[
            {"name": "shop.run", "queue": "shop", "schema": SCHEMA, "max_attempts": 2, "description": "Run"}
        ])
        cls.task = cls.env["celery.task"].with_user(cls.admin).search([("name", "=", "shop.run")])

    def start(self, values, **others):
        """What the web client sends: the properties as a list with their definitions."""
        form = self.task.params_form
        typed = {KEYS[name]: value for name, value in values.items()}
        params = [{**each, "value": typed.get(each["name"])} for each in form]
        start = self.env["celery.task.start"].with_user(self.admin).create(
            {"task_id": self.task.id, "params": params, **others}
        )
        action = start.action_start()
        return self.env["celery.job"].browse(action["res_id"])

    def test_the_form_says_what_the_schema_says(self):
        form = {each["name"]: each for each in self.task.params_form}
        self.assertEqual(
            [each["type"] for each in form.values()],
            ["char", "char", "char", "boolean", "date", "selection", "text", "selection", "selection"],
        )
        self.assertEqual(form["p0"]["string"], "Pricelist *")
        self.assertEqual(form["p1"]["default"], "0.5")
        self.assertEqual(form["p5"]["selection"], [['"small"', "small"], ['"large"', "large"]])
        self.assertEqual(form["p7"]["selection"], [["1", "1"], ["2", "2"]])

    def test_what_was_typed_becomes_params(self):
        job = self.start(
            {
                "pricelistId": "7", "rate": "0", "name": "abc", "dry": False, "day": "2026-12-24",
                "size": '"large"', "lines": '[{"n": 1}]', "level": "2", "sure": "false",
            },
            description="By hand", priority=3,
        )
        self.assertEqual(job.params, {
            "pricelistId": 7, "rate": 0, "name": "abc", "dry": False, "day": "2026-12-24",
            "size": "large", "lines": [{"n": 1}], "level": 2, "sure": False,
        })
        self.assertEqual((job.user_id, job.queue), (self.admin, "shop"))
        self.assertEqual((job.description, job.priority), ("By hand", 3))

    def test_what_was_left_empty_is_left_out(self):
        job = self.start({"pricelistId": "7", "dry": True, "rate": "", "size": False, "name": ""})
        self.assertEqual(job.params, {"pricelistId": 7, "dry": True})

    def test_what_was_not_touched_is_the_default(self):
        job = self.start({"pricelistId": "7"})
        self.assertEqual(
            job.params, {"pricelistId": 7, "rate": 0.5, "dry": True, "size": "small"}
        )

    def test_every_param_at_fault_is_named(self):
        with self.assertRaises(ValidationError) as caught:
            self.start({
                "rate": "much", "name": "abcd", "lines": '[{"n": "x"}]', "day": "24.12.", "dry": True,
            })
        message = str(caught.exception)
        for said in (
            "Pricelist: is missing", "Rate: must be a number, not 'much'",
            "name: must have at most 3 characters", "lines[0].n: must be an integer",
            "day: must be a date",
        ):
            self.assertIn(said, message)
        self.assertFalse(self.env["celery.job"].search([]))

    def test_json_that_is_none(self):
        with self.assertRaisesRegex(ValidationError, "lines: must be JSON"):
            self.start({"pricelistId": "7", "lines": "[1"})

    def test_json_in_place_of_the_form(self):
        job = self.start({}, as_json=True, params_text='{"pricelistId": 8, "name": null}')
        self.assertEqual(job.params, {"pricelistId": 8, "name": None})
        with self.assertRaisesRegex(ValidationError, "Params are not JSON"):
            self.start({}, as_json=True, params_text="{")

    def test_the_view_opens_with_the_defaults(self):
        starts = self.env["celery.task.start"].with_user(self.admin)
        form = Form(starts.with_context(**self.task.action_start()["context"]))
        start = form.save()
        self.assertEqual(start.params["p3"], True)
        self.assertEqual(start.params._values["p5"], '"small"')
        self.assertIn("pricelistId", start.explanation)

    def test_views_of_what_a_manager_does(self):
        for model, kinds in (
            ("celery.task.start", ["form"]),
            ("celery.task", ["list", "form"]),
            ("celery.schedule", ["list", "form", "search"]),
            ("celery.event.subscription", ["list", "search"]),
        ):
            views = self.env[model].with_user(self.admin).get_views([(False, each) for each in kinds])
            self.assertEqual(list(views["views"]), kinds)

    def test_a_task_without_params(self):
        self.fabric("register_tasks", tasks=[{"name": "shop.bare", "schema": {"type": "object"}}])
        self.task = self.task.search([("name", "=", "shop.bare")])
        self.assertEqual(self.start({}).params, {})

    def test_only_managers(self):
        with self.assertRaises(AccessError):
            self.env["celery.task.start"].with_user(self.user).create({"task_id": self.task.id})
