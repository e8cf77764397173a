from . import civic_hold_wizard
from . import civic_retention_load
from . import civic_retention_override
from . import civic_retention_what_if
from . import civic_disposition_import
from . import civic_disposition_vote_wizard
