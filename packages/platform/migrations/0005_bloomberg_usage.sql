-- What was asked of Bloomberg, by UTC day: kept over restarts, so that a budget can't be spent twice.
CREATE TABLE bloomberg_usage (
  day        date   NOT NULL,
  user_id    text   NOT NULL,
  service    text   NOT NULL,
  hits       bigint NOT NULL CHECK (hits >= 0),
  PRIMARY KEY (day, user_id, service)
);
CREATE TABLE bloomberg_security (
  day      date NOT NULL,
  security text NOT NULL,
  PRIMARY KEY (day, security)
);
