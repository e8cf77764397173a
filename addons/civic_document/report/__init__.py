from . import civic_register_report
