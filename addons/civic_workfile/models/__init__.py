from . import civic_retention_term
from . import civic_workfile_place
from . import civic_workfile_code
from . import civic_file_plan
from . import civic_file_plan_line
from . import civic_workfile
from . import civic_workfile_close
from . import civic_workfile_entry
