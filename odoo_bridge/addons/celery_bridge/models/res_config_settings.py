from odoo import fields, models

from ..fabric.gateway import KEY, URL
from .celery_report_delivery import DEFAULT, KEEP_DAYS


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    celery_gateway_url = fields.Char("Gateway", config_parameter=URL)
    celery_gateway_key = fields.Char("Gateway Key", config_parameter=KEY)
    celery_report_keep_days = fields.Integer(
        "Keep Reports For (Days)", config_parameter=KEEP_DAYS, default=DEFAULT
    )
