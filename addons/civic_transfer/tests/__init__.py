from . import test_transfer, test_preflight, test_access_rights, test_remote, test_packing, test_variant, test_vn2019
