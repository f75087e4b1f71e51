"""What the fabric is compared with: a controller that makes each order while its sender waits."""

from odoo import SUPERUSER_ID, http
from odoo.http import request


class Intake(http.Controller):
    @http.route("/benchmark/orders", type="http", auth="public", methods=["POST"], csrf=False)
    def order(self):
        """Create the customer and the order, as one would write it in an afternoon."""
        payload = request.httprequest.get_json(force=True)
        env = request.env(user=SUPERUSER_ID)
        partner = self._partner(env, payload)
        order = env["sale.order"].create(
            {
                "partner_id": partner.id,
                "client_order_ref": payload["name"],
                "origin": f"benchmark:{payload['id']}",
                "order_line": [(0, 0, line) for line in self._lines(env, payload)],
            }
        )
        return request.make_json_response({"id": order.id})

    def _partner(self, env, payload):
        partner = env["res.partner"].search([("email_normalized", "=", payload["email"])], limit=1)
        address = payload["billing_address"]
        return partner or partner.create(
            {
                "name": address["name"],
                "email": payload["email"],
                "street": address["address1"],
                "city": address["city"],
                "zip": address["zip"],
                "country_id": env["res.country"]
                .search([("code", "=", address["country_code"])])
                .id,
            }
        )

    def _lines(self, env, payload):
        items, shipping = payload["line_items"], payload["shipping_lines"]
        skus = [item["sku"] for item in items] + [each["code"] for each in shipping]
        products = env["product.product"].search([("default_code", "in", skus)])
        id_of = {product.default_code: product.id for product in products}
        for item in items:
            yield {
                "product_id": id_of[item["sku"]],
                "name": item["name"],
                "product_uom_qty": item["quantity"],
                "price_unit": float(item["price"]),
            }
        for each in shipping:
            yield {
                "product_id": id_of[each["code"]],
                "name": each["title"],
                "price_unit": float(each["price"]),
            }
