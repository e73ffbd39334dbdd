-- How users have arranged their desks. `version` is what a save must name: the last one does not silently win
-- over another window. `body` is checked by its schema (packages/wire/src/workspaces.ts) before it gets here.
CREATE TABLE workspace (
  user_id   text        NOT NULL,
  workspace text        NOT NULL,
  version   integer     NOT NULL,
  body      text        NOT NULL,
  saved_at  timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (user_id, workspace)
);
