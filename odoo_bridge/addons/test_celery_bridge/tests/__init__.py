from . import test_with_celery
from . import test_arguments
from . import test_call_graph
from . import test_events
from . import test_inline
from . import test_trap
from . import test_start
