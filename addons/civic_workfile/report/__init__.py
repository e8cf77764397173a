from . import civic_form_file_plan
from . import civic_form_workfile
from . import civic_form_workfile_label
from . import civic_form_workfile_whole
