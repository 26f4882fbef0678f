-- A run that is not over and that nobody owns any more is to be resumed. No event says so, as nobody is left to
-- write one: whoever reads the row sees it once the lease has run out.
DROP VIEW workflow_runs;
CREATE VIEW workflow_runs AS
SELECT
  s.id, t.workflow_name, t.workflow_title, t.parent_run_id, t.parent_run_id AS parent_workflow_run_id,
  CASE
    WHEN s.status IN ('completed', 'failed', 'cancelled') THEN s.status
    WHEN s.owner_token IS NOT NULL AND s.lease_until > strftime('%Y-%m-%dT%H:%M:%fZ', 'now') THEN s.status
    ELSE 'needs_resume'
  END AS status,
  s.reason, t.dry_run, t.trigger, t.started_at, s.ended_at, s.result_summary, s.error,
  (SELECT CAST(b.content AS TEXT) FROM blobs AS b WHERE b.digest = t.definition) AS definition_snapshot,
  t.file, t.root, t.inputs, s.iteration, s.blocked_on, s.total_duration_ms, s.metrics, 0 AS dismissed,
  s.owner_token, s.owner, s.lease_until, s.generation, s.heartbeat_seq, s.last_heartbeat_at,
  s.cancel_requested_at, s.cancel_reason, t.exec_options, s.steps_done, s.steps_failed, t.steps_total, s.last_seq
FROM run_states AS s JOIN run_starts AS t ON t.id = s.id;
