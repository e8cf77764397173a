-- a copy for tests neither sends nor receives: keys and tokens of the real system lie in the same folder
UPDATE civic_channel
   SET url = NULL, folder_out = NULL, folder_in = NULL, token_ref = NULL, token_id = NULL, token_hash = NULL;
UPDATE civic_delivery
   SET state = 'paused'
 WHERE direction = 'out' AND state IN ('queued', 'sending', 'waiting');
UPDATE civic_delivery
   SET state = 'failed', next_try_at = NULL
 WHERE direction = 'out' AND state = 'sent';
