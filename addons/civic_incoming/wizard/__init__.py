from . import civic_assign_wizard
from . import civic_assign_wizard_line
from . import civic_assign_wizard_result
from . import civic_delegate_wizard
from . import civic_extension_wizard
from . import civic_finish_wizard
from . import civic_proposal_wizard
from . import civic_reassign_wizard
