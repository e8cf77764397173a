from . import civic_accession_upload, civic_archive_health, civic_minutes_sign
