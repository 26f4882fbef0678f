-- By which rules the rows of a run were computed from its events: an older program told some things differently.
ALTER TABLE run_states ADD COLUMN rows_version INTEGER NOT NULL DEFAULT 1;
