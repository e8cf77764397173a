from . import test_workfile
