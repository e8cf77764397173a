from . import test_check_tools
from . import test_tools
