from odoo import api, models
from odoo.exceptions import ValidationError

from ..fabric.limits import DEFAULTS, PREFIX, is_limit

LIMITS = {PREFIX + name for name in DEFAULTS}


class IrConfigParameter(models.Model):
    _inherit = "ir.config_parameter"

    @api.constrains("key", "value")
    def _check_celery_limits(self):
        for parameter in self:
            if parameter.key in LIMITS and not is_limit(parameter.value):
                raise ValidationError(
                    self.env._(
                        "The system parameter %(name)s must be a number of bytes, not %(value)s.",
                        name=parameter.key,
                        value=parameter.value,
                    )
                )
