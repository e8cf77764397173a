from . import test_tools
from . import test_schedule
from . import test_retention
from . import test_hold
from . import test_hold_matrix
from . import test_disposition
from . import test_destruction
from . import test_access_rights
