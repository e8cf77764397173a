from . import (
    civic_accession_line,
    civic_package_variant,
    civic_transfer,
    civic_transfer_line,
    civic_transfer_candidate,
    civic_transfer_council,
    civic_transfer_preflight,
    civic_transfer_build,
    civic_transfer_result,
    civic_workfile,
    civic_home,
)
