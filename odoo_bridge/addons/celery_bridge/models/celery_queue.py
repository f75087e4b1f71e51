from odoo import fields, models


class CeleryQueue(models.Model):
    """A broker queue, as far as scheduling knows it.

    A queue that jobs name and that has no row here is open, with the default window.
    """

    _name = "celery.queue"
    _description = "Celery Queue"
    _order = "name"

    name = fields.Char(required=True)
    paused = fields.Boolean(help="No job of a paused queue is claimed; those in flight finish.")
    window_size = fields.Integer(
        string="Window",
        default=100,
        required=True,
        help="Jobs that may be in flight at once: published, but not finished.",
    )
    rate = fields.Float(
        string="Rate (1/s)", help="Jobs that may start a second; 0 means as many as can."
    )
    burst = fields.Integer(
        help="Jobs that may start at once after a quiet time; 0 means those of a second."
    )
    _name_unique = models.Constraint("UNIQUE (name)", "There already is a queue of this name.")
    _window_positive = models.Constraint(
        "CHECK (window_size > 0)", "The window must be positive; to stop a queue, pause it."
    )
    _rate_sane = models.Constraint(
        "CHECK (rate >= 0 AND burst >= 0)", "Rate and burst cannot be negative."
    )
