"""The one door to Odoo: odoorpc's face, transports and typed faults of our own."""

from odoo_bridge.rpc.addon import Addon
from odoo_bridge.rpc.choice import Purpose, Wish
from odoo_bridge.rpc.client import Account, Client, connect
from odoo_bridge.rpc.http import Http
from odoo_bridge.rpc.json2 import Json2
from odoo_bridge.rpc.jsonrpc import JsonRpc
from odoo_bridge.rpc.options import HttpOptions, Timeout, Tls
from odoo_bridge.rpc.transport import Transport
from odoo_bridge.rpc.xmlrpc import XmlRpc

__all__ = [
    "Account",
    "Addon",
    "Client",
    "Http",
    "HttpOptions",
    "Json2",
    "JsonRpc",
    "Purpose",
    "Timeout",
    "Tls",
    "Transport",
    "Wish",
    "XmlRpc",
    "connect",
]
