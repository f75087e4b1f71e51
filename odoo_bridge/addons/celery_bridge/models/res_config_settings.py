from odoo import fields, models

from ..fabric.gateway import KEY, URL


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    celery_gateway_url = fields.Char("Gateway", config_parameter=URL)
    celery_gateway_key = fields.Char("Gateway Key", config_parameter=KEY)
