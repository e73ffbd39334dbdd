-- Who may do what only one may do at a time. A holder lives until its member's row runs out, so that a
-- renewal is one row however much is owned; what the owner writes carries the lease's epoch (journal: below).

CREATE TABLE lease_member (
  holder      text        PRIMARY KEY,
  instance    text        NOT NULL,
  incarnation bigint      NOT NULL,
  kinds       text[]      NOT NULL,
  expires_at  timestamptz NOT NULL
) WITH (fillfactor = 10, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

CREATE TABLE lease (
  kind     text        NOT NULL,
  resource text        NOT NULL,
  epoch    bigint      NOT NULL,
  holder   text,
  instance text,
  handed_to text,
  since    timestamptz NOT NULL,
  life_ms  bigint      NOT NULL,
  why      text        NOT NULL,
  PRIMARY KEY (kind, resource)
);

-- An epoch that goes back would let an old owner in again.
CREATE FUNCTION refuse_lease_moving_back() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the epoch of lease % % only grows', OLD.kind, OLD.resource
    USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER lease_grows BEFORE UPDATE ON lease
  FOR EACH ROW WHEN (NEW.epoch < OLD.epoch) EXECUTE FUNCTION refuse_lease_moving_back();

-- Of the lease under which the partition was claimed last: a claimant with an older one comes too late.
-- Releases without leases leave it as it is.
ALTER TABLE partition_owner ADD COLUMN lease_epoch bigint NOT NULL DEFAULT 0;
ALTER TABLE projection_cursor ADD COLUMN lease_epoch bigint NOT NULL DEFAULT 0;

CREATE VIEW lease_now AS
  SELECT l.kind, l.resource, l.epoch, l.holder, l.instance, l.handed_to, l.why,
    m.holder IS NOT NULL AS is_live,
    (extract(epoch FROM clock_timestamp() - l.since) * 1000)::bigint AS since_ms
  FROM lease l LEFT JOIN lease_member m ON m.holder = l.holder AND m.expires_at > clock_timestamp();

CREATE FUNCTION lease_rows(kinds text[], of_holder text) RETURNS json LANGUAGE sql VOLATILE AS $$
  SELECT coalesce(json_agg(json_strip_nulls(json_build_object(
      'kind', kind, 'resource', resource, 'epoch', epoch, 'holder', holder, 'instance', instance,
      'to', handed_to, 'isLive', is_live, 'sinceMs', since_ms, 'why', why))
    ORDER BY kind COLLATE "C", resource COLLATE "C"), '[]')
  FROM lease_now WHERE kinds IS NULL OR kind = ANY (kinds) OR holder = of_holder
$$;

-- One call, one transaction: no process can stop in the midst of it. All of them take turns, so a member that
-- renews and another that takes over from it cannot both be told that they own.
CREATE FUNCTION lease_round(round json) RETURNS json LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  me text := round ->> 'holder';
  my_instance text := round ->> 'instance';
  my_kinds text[] := ARRAY(SELECT json_array_elements_text(round -> 'kinds'));
  life bigint := (round ->> 'lifeMs')::bigint;
  life_span interval := life * interval '1 millisecond';
  at timestamptz;
BEGIN
  PERFORM pg_advisory_xact_lock(7002702901);
  at := clock_timestamp();
  IF EXISTS (SELECT FROM lease_member m WHERE m.instance = my_instance AND m.holder <> me
      AND m.incarnation > (round ->> 'incarnation')::bigint) THEN
    RETURN json_build_object('members', '[]'::json, 'leases', '[]'::json, 'isSuperseded', true);
  END IF;
  UPDATE lease l SET holder = NULL, instance = NULL, handed_to = me, since = at, life_ms = life,
      why = 'restarted'
    FROM lease_member m WHERE m.instance = my_instance AND m.holder <> me AND l.holder = m.holder;
  DELETE FROM lease_member m WHERE m.holder <> me
    AND (m.instance = my_instance OR m.expires_at < at - interval '1 hour');
  INSERT INTO lease_member VALUES
    (me, my_instance, (round ->> 'incarnation')::bigint, my_kinds, at + life_span)
    ON CONFLICT (holder) DO UPDATE SET kinds = excluded.kinds, expires_at = excluded.expires_at;
  IF json_array_length(round -> 'releases') > 0 THEN
    UPDATE lease l SET holder = NULL, instance = NULL, handed_to = r."to", since = at, life_ms = life,
        why = CASE WHEN r."to" IS NULL THEN 'released' ELSE 'handedOver' END
      FROM json_to_recordset(round -> 'releases') AS r (kind text, resource text, epoch bigint, "to" text)
      WHERE l.kind = r.kind AND l.resource = r.resource AND l.holder = me AND l.epoch = r.epoch;
  END IF;
  IF json_array_length(round -> 'claims') > 0 THEN
    INSERT INTO lease AS l (kind, resource, epoch, holder, instance, since, life_ms, why)
      SELECT c.kind, c.resource, nextval('process_epoch'), me, my_instance, at, life,
        CASE WHEN o.kind IS NULL THEN 'new' WHEN o.holder IS NULL THEN o.why ELSE 'expired' END
      FROM json_to_recordset(round -> 'claims') AS c (kind text, resource text, epoch bigint)
      LEFT JOIN lease o USING (kind, resource)
      WHERE c.kind = ANY (my_kinds) AND coalesce(o.epoch, 0) = c.epoch
        AND NOT EXISTS (SELECT FROM lease_member m WHERE m.holder = o.holder AND m.expires_at > at)
        AND (o.kind IS NULL OR o.holder IS NOT NULL OR coalesce(o.handed_to = me, true)
          OR o.since + o.life_ms * interval '1 millisecond' <= at
          OR NOT EXISTS (SELECT FROM lease_member m WHERE m.holder = o.handed_to AND m.expires_at > at))
      ON CONFLICT (kind, resource) DO UPDATE SET epoch = excluded.epoch, holder = excluded.holder,
        instance = excluded.instance, handed_to = NULL, since = excluded.since,
        life_ms = excluded.life_ms, why = excluded.why;
  END IF;
  RETURN json_build_object('isSuperseded', false, 'leases', lease_rows(my_kinds, me),
    'members', (SELECT coalesce(json_agg(json_build_object(
        'holder', holder, 'instance', instance, 'kinds', to_json(kinds))), '[]')
      FROM lease_member WHERE expires_at > at));
END
$$;
