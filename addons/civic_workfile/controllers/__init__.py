from . import workfile_upload
