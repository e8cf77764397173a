from . import civic_assign_wizard
from . import civic_assign_wizard_line
from . import civic_delegate_wizard
from . import civic_finish_wizard
