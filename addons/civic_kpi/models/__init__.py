from . import civic_kpi_source
from . import civic_kpi_indicator
from . import civic_kpi_period
from . import civic_kpi_value
from . import civic_kpi_daily
from . import civic_plan
from . import civic_kpi_alert
from . import civic_kpi_board
