"""The one door to Odoo: odoorpc's face, transports and typed faults of our own."""

from odoo_bridge.rpc.addon import Addon
from odoo_bridge.rpc.client import Account, Client, connect
from odoo_bridge.rpc.transport import Timeout, XmlRpc

__all__ = ["Account", "Addon", "Client", "Timeout", "XmlRpc", "connect"]
