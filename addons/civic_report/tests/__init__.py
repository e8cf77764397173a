from . import test_list_export
from . import test_overlay
from . import test_tools
