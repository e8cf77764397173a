from . import (
    test_access_rights,
    test_annex_vi,
    test_append,
    test_concurrency,
    test_export,
    test_http,
    test_protection,
    test_seal,
    test_verify_journal,
)
