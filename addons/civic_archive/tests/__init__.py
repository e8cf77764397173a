from . import (
    common,
    test_accession,
    test_description,
    test_fonds,
    test_import,
    test_keeping,
    test_migration,
    test_national,
    test_oai,
    test_s3,
    test_store,
    test_wire,
)
