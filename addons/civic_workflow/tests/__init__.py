from . import test_engine
from . import test_route
from . import test_route_rights
from . import test_substitute
from . import test_simulation
