-- a copy of the database must not write to the media of the real one
UPDATE civic_archive_store SET active = false;
