from . import civic_vn2019_export
