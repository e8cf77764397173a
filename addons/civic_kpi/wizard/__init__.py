from . import civic_kpi_form_print
