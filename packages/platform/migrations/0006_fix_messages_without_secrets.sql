-- Administrative messages are never resent; earlier releases kept their frames all the same, and with those
-- of Logons the passwords of the counterparties. Number and type stay: a gap fill needs no more.
UPDATE fix_message SET frame = '' WHERE msg_type IN ('0', '1', '2', '4', '5', 'A') AND frame <> '';
