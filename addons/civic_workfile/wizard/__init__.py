from . import civic_file_plan_import
from . import civic_workfile_add
from . import civic_workfile_change
