from . import models
from . import wizards
from .hooks import uninstall_hook
from .hooks import post_load, uninstall_hook
