-- Keys of programs (packages/platform/src/identity/api.keys.ts): the secret's hash alone. A key is good until
-- it expires or is revoked; what has ended it is kept, so that its entries in the audit can be read.
CREATE TABLE api_key (
  id          text        PRIMARY KEY CHECK (id ~ '^[0-9A-Za-z]{12}$'),
  user_id     text        NOT NULL,
  name        text        NOT NULL,
  secret_hash bytea       NOT NULL CHECK (octet_length(secret_hash) = 32),
  rights      text[]      NOT NULL,
  addresses   text[]      NOT NULL,
  created_at  timestamptz NOT NULL,
  created_by  text        NOT NULL,
  expires_at  timestamptz NOT NULL,
  revoked_at  timestamptz,
  revoked_by  text,
  used_at     timestamptz,
  used_from   text
);
CREATE INDEX api_key_user ON api_key (user_id, created_at);
