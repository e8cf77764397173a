from . import (
    civic_journal_frozen,
    civic_journal_entry,
    civic_journal_mixin,
    civic_journal_seal,
    civic_journal_seal_line,
    ir_model_fields_selection,
    ir_module_module,
    res_company,
    res_users,
)
