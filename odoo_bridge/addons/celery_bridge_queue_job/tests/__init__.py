from . import test_actions
from . import test_channels
from . import test_dispatch
from . import test_hand_over
from . import test_performing
from . import test_translations
