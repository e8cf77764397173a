from . import civic_form_kpi_figures
from . import civic_form_kpi_statistics
