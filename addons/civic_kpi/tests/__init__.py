from . import test_tools
from . import test_figures
from . import test_periods
from . import test_bad_input
from . import test_access_rights
from . import test_dashboard
from . import test_plan
from . import test_report
