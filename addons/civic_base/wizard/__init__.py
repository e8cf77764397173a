from . import civic_reason_wizard
