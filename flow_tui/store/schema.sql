-- What happened is in `events`; everything else that speaks of runs and steps is computed from it, in the same
-- transaction. Other programs read `workflow_runs`, `workflow_run_steps` and `workflow_run_step_fan_out_items`.

-- The right to write a run, and where it stands: small, because every event writes it.
CREATE TABLE run_states (
  id TEXT PRIMARY KEY,
  last_seq INTEGER NOT NULL DEFAULT 0,
  owner_token TEXT,
  owner TEXT,                -- JSON: token, process identity, label
  lease_until TEXT,
  generation INTEGER NOT NULL DEFAULT 0,
  heartbeat_seq INTEGER NOT NULL DEFAULT 0,
  last_heartbeat_at TEXT,
  status TEXT NOT NULL DEFAULT 'pending' CHECK (status IN
    ('pending', 'running', 'waiting', 'needs_resume', 'cancelling', 'completed', 'failed', 'cancelled')),
  ended_at TEXT,
  result_summary TEXT,
  error TEXT,
  reason TEXT NOT NULL DEFAULT '',
  iteration INTEGER NOT NULL DEFAULT 0,
  blocked_on TEXT,           -- JSON
  total_duration_ms INTEGER,
  metrics TEXT,              -- JSON
  cancel_requested_at TEXT,
  cancel_reason TEXT,
  steps_done INTEGER NOT NULL DEFAULT 0,
  steps_failed INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE INDEX run_states_by_status ON run_states (status);

-- What the first event of a run said.
CREATE TABLE run_starts (
  id TEXT PRIMARY KEY REFERENCES run_states (id) ON DELETE CASCADE,
  workflow_name TEXT NOT NULL,
  workflow_title TEXT,
  file TEXT NOT NULL,
  root TEXT NOT NULL,
  parent_run_id TEXT,
  dry_run INTEGER NOT NULL,
  trigger TEXT NOT NULL,
  started_at TEXT NOT NULL,
  definition TEXT NOT NULL,  -- digest
  inputs TEXT NOT NULL,      -- JSON
  exec_options TEXT NOT NULL,-- JSON
  steps_total INTEGER NOT NULL
);
CREATE INDEX run_starts_by_time ON run_starts (started_at, id);
CREATE INDEX run_starts_by_parent ON run_starts (parent_run_id);

CREATE TABLE events (
  run_id TEXT NOT NULL REFERENCES run_states (id) ON DELETE CASCADE,
  seq INTEGER NOT NULL,
  at TEXT NOT NULL,
  type TEXT NOT NULL,
  body TEXT NOT NULL,        -- JSON
  PRIMARY KEY (run_id, seq)
) WITHOUT ROWID;

-- One row for every attempt; for a step that knows no attempts, one. The id is unique by itself; with the run
-- before it the rows of a run lie together.
CREATE TABLE workflow_run_steps (
  id TEXT NOT NULL,
  workflow_run_id TEXT NOT NULL REFERENCES run_states (id) ON DELETE CASCADE,
  path TEXT NOT NULL,
  step_name TEXT NOT NULL,
  role TEXT NOT NULL CHECK (role IN ('actor', 'reviewer', 'workflow', 'script', 'gate', 'foreach')),
  node_path TEXT NOT NULL,
  iteration_path TEXT NOT NULL,
  status TEXT NOT NULL DEFAULT 'pending' CHECK (status IN
    ('pending', 'running', 'waiting', 'completed', 'failed', 'skipped', 'timed_out')),
  position INTEGER NOT NULL,
  iteration INTEGER NOT NULL DEFAULT 0,
  retry_count INTEGER NOT NULL DEFAULT 0,
  max_attempts INTEGER,
  deadline_at TEXT,
  superseded INTEGER NOT NULL DEFAULT 0,
  can_commit INTEGER NOT NULL DEFAULT 0,
  condition_expr TEXT,
  condition_met INTEGER,
  parallel_group_id TEXT,
  started_at TEXT,
  ended_at TEXT,
  child_run_id TEXT,
  subprocess_pid INTEGER,
  result_text TEXT,
  step_error TEXT,
  context_out TEXT,
  markers_out TEXT,          -- JSON
  structured_output TEXT,    -- JSON
  output_file TEXT,
  gate_type TEXT,
  gate_prompt TEXT,
  gate_timeout TEXT,
  gate_options TEXT,         -- JSON
  gate_selections TEXT,      -- JSON
  gate_approved_by TEXT,
  gate_approved_at TEXT,
  gate_feedback TEXT,
  fan_out_total INTEGER,
  fan_out_completed INTEGER NOT NULL DEFAULT 0,
  fan_out_failed INTEGER NOT NULL DEFAULT 0,
  fan_out_skipped INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (workflow_run_id, id)
) WITHOUT ROWID;

CREATE TABLE workflow_run_step_fan_out_items (
  id TEXT PRIMARY KEY,
  step_run_id TEXT NOT NULL,
  item_type TEXT NOT NULL,
  item_id TEXT NOT NULL,
  item_ref TEXT NOT NULL DEFAULT '',
  child_run_id TEXT,
  status TEXT NOT NULL DEFAULT 'pending' CHECK (status IN
    ('pending', 'running', 'completed', 'failed', 'skipped')),
  dispatched_at TEXT,
  completed_at TEXT,
  context TEXT,              -- JSON
  UNIQUE (step_run_id, item_type, item_id)
) WITHOUT ROWID;

-- Contents, each once, and which runs need them.
CREATE TABLE blobs (
  digest TEXT PRIMARY KEY,
  content BLOB NOT NULL
);
-- How many runs that are about to begin have put a content and not yet said that they need it.
CREATE TABLE blob_claims (
  digest TEXT PRIMARY KEY,
  number INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE run_blobs (
  run_id TEXT NOT NULL REFERENCES run_states (id) ON DELETE CASCADE,
  digest TEXT NOT NULL,
  PRIMARY KEY (run_id, digest)
) WITHOUT ROWID;
CREATE INDEX run_blobs_by_digest ON run_blobs (digest);

-- The last sign of life of every running step, as the owner of the run last reported it.
CREATE TABLE run_signs (
  run_id TEXT PRIMARY KEY REFERENCES run_states (id) ON DELETE CASCADE,
  signs TEXT NOT NULL        -- JSON: path to instant
) WITHOUT ROWID;

-- Commands that other processes left for the owner of a run.
CREATE TABLE requests (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  run_id TEXT NOT NULL,
  at TEXT NOT NULL,
  body TEXT NOT NULL         -- JSON
);
CREATE INDEX requests_by_run ON requests (run_id);

CREATE VIEW workflow_runs AS
SELECT
  s.id, t.workflow_name, t.workflow_title, t.parent_run_id, t.parent_run_id AS parent_workflow_run_id,
  s.status, s.reason, t.dry_run, t.trigger, t.started_at, s.ended_at, s.result_summary, s.error,
  (SELECT CAST(b.content AS TEXT) FROM blobs AS b WHERE b.digest = t.definition) AS definition_snapshot,
  t.file, t.root, t.inputs, s.iteration, s.blocked_on, s.total_duration_ms, s.metrics, 0 AS dismissed,
  s.owner_token, s.owner, s.lease_until, s.generation, s.heartbeat_seq, s.last_heartbeat_at,
  s.cancel_requested_at, s.cancel_reason, t.exec_options, s.steps_done, s.steps_failed, t.steps_total, s.last_seq
FROM run_states AS s JOIN run_starts AS t ON t.id = s.id;
