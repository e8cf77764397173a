from . import civic_journal_export_wizard
