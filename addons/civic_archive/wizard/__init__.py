from . import civic_accession_upload, civic_archive_health
