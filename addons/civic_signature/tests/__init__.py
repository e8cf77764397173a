from . import test_certificate
from . import test_check
from . import test_check_tools
from . import test_sign
from . import test_tools
