-- keys, pictures of signatures and seals, and the addresses of services stay with the real system
UPDATE civic_certificate SET key_ref = NULL, token_label = NULL, key_label = NULL;
DELETE FROM ir_attachment WHERE res_model = 'civic.certificate' AND res_field = 'picture';
UPDATE civic_timestamp_authority SET url = 'http://neutralized.invalid', key_ref = NULL;
UPDATE res_company SET timestamp_authority_id = NULL;
