from . import (
    test_access_rights,
    test_delivery,
    test_folder,
    test_http,
    test_tools,
)
