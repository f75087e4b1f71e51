from . import models, wizards
from .hooks import post_load, uninstall_hook
