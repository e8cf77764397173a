from . import civic_export_mixin
from . import civic_form
from . import civic_official_form
from . import civic_journal_entry
from . import civic_label_format
from . import civic_list_export
from . import ir_http
from . import res_company
