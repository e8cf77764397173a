from . import civic_route_act_wizard
from . import civic_route_circuit_wizard
from . import civic_route_delegate_wizard
from . import civic_route_preview
from . import civic_route_publish_wizard
from . import civic_route_simulation
