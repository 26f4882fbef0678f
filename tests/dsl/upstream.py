"""A project as it is made for the upstream engine: all kinds of files, and workflows that call each other."""

from collections.abc import Mapping
from pathlib import Path

SHIP = """\
// From a ticket to a merged change.
workflow ship {
  meta {
    title       = "Ship a ticket"
    description = "Plan, build, review until nothing is left, merge"
    trigger     = "manual"
    targets     = ["worktree", "ticket"]
    group       = "Delivery"
  }

  inputs {
    ticket_id  required description = "the ticket"
    auto_merge boolean
    style      default = "short"
  }

  call plan { output = "plan" with = ["house-rules", ".conductor/prompts/extra/tone.md"] }

  if plan.needs_talk {
    gate human_review {
      prompt     = "The plan has open questions."
      timeout    = "48h"
      on_timeout = continue
    }
    call plan { output = "plan" }
  }

  call implement { retries = 2 on_fail = diagnose timeout = "45m" max_turns = 80 as = "developer" }

  do {
    max_iterations = 4
    stuck_after    = 3
    on_max_iter    = continue

    call workflow review { inputs { scope = "incremental" strict = true } }
    if judge.has_blocking_findings {
      call ".conductor/agents/address.md" { as = "developer" }
    }
    script push {
      run     = ".conductor/scripts/push.sh --branch {{ticket_id}}"
      env     = { BASE = "{{base_branch}}" STYLE = "{{style}}" }
      timeout = 120
      on_fail = continue
    }
  } while judge.has_blocking_findings

  gate quality_gate { source = judge threshold = 80 on_fail = continue }
  gate pr_checks { timeout = "2h" on_timeout = fail }
  gate pr_approval { min_approvals = 1 timeout = "72h" on_timeout = fail as = "reviewer" }

  if auto_merge {
    script merge { run = "merge.sh {{ticket_id}}" as = "merger" }
  }
  unless auto_merge {
    gate human_approval {
      prompt  = "Merge by hand?"
      options = { later = "In the evening" never = "Not at all" }
    }
  }

  always {
    script report { run = "printf '%s' {{workflow_status}}" }
  }
}
"""

REVIEW = """\
workflow review {
  meta { targets = [pr, worktree] description = "Many eyes on one change" }
  inputs {
    scope  default = "full"
    strict boolean default = false
  }

  call survey { output = "findings" }

  parallel {
    output    = "findings"
    with      = ["house-rules"]
    fail_fast = false
    call review-security
    call review-speed    { retries = 1 }
    call review-tests    { if = "survey.ran_tests" }
  }

  do {
    output = "verdict"
    call judge
  }
  call judge { output = "verdict" }
}
"""

GROOM = """\
workflow groom {
  meta { targets = ["repo"] }

  foreach label-tickets {
    over          = tickets
    scope         = { unlabeled = true }
    ordered       = true
    max_parallel  = 3
    workflow      = "label"
    inputs        = { ticket_id = "{{item.id}}" }
    on_child_fail = skip_dependents
  }

  foreach rebase {
    over         = worktrees
    scope        = { base_branch = "{{base_branch}}" has_open_pr = false }
    max_parallel = 2
    workflow     = sync
  }

  foreach learn {
    over         = workflow_runs
    filter       = { status = "failed,cancelled" workflow_name = "ship" }
    max_parallel = 1
    workflow     = post-mortem
    inputs       = { run = "{{item.id}}" }
  }

  foreach everywhere { over = repos max_parallel = 1 workflow = sync }
}
"""

LABEL = """\
workflow label {
  meta { targets = ["ticket"] }
  inputs { ticket_id required }
  call label
  if label.needs_words {
    gate human_review { options = label.words }
  }
}
"""

AGENT = """\
---
role: {role}
can_commit: {commits}
model: large
---

You are careful. The ticket is {{{{ticket_id}}}}.
"""

FILES = {
    "workflows/ship.wf": SHIP,
    "workflows/review.wf": REVIEW,
    "workflows/groom.wf": GROOM,
    "workflows/label.wf": LABEL,
    "workflows/sync.wf": "workflow sync { call sync { plugin_dirs = [tools] } }\n",
    "workflows/post-mortem.wf": "workflow post-mortem { inputs { run required } call analyse }\n",
    "workflows/ship/agents/implement.md": AGENT.format(role="actor", commits="true"),
    "workflows/review/schemas/verdict.yaml": """\
fields:
  confidence: number
  findings:
    type: array
    items:
      severity: enum(critical, high, low)
      text: string
  notes?: {type: string, desc: "what else there is"}
markers:
  has_blocking_findings: findings[severity == critical].length > 0
""",
    "agents/plan.md": AGENT.format(role="reviewer", commits="false"),
    "agents/address.md": AGENT.format(role="actor", commits="true"),
    "agents/diagnose.md": "No front matter at all.\n\n---\n\nOnly a line.\n",
    "agents/survey.md": "\ufeff---\nrole: reviewer\nname: survey\ntools: Read, Grep\n---\nLook around.\n",
    "agents/review-security.md": "---\nrole: reviewer\n---\nLook for holes.\n",
    "agents/review-speed.md": "---\nmodel: small\nruntime: other\n---\nLook for loops.\n",
    "agents/review-tests.md": "---\n---\nLook for gaps.\n",
    "agents/judge.md": "---\r\nrole: reviewer\r\n---\r\nSum up.\r\n",
    "agents/label.md": "Label it.\n",
    "agents/analyse.md": "Say why.\n",
    "prompts/house-rules.md": "Be kind.\n",
    "prompts/extra/tone.md": "Be brief.\n",
    "schemas/plan.yaml": """\
fields:
  steps: {type: array, items: string}
  open?: boolean
markers:
  needs_talk: open == true
""",
    "schemas/findings.yaml": """\
fields:
  approved: boolean
  findings: array
  ran_tests: boolean
markers:
  ran_tests: ran_tests == true
""",
    "scripts/push.sh": "#!/bin/sh\n",
    "scripts/merge.sh": "#!/bin/sh\n",
}
BESIDE = {"tools/agents/sync.md": "Bring it up to date.\n"}


def make(root: Path, changes: Mapping[str, bytes | None] | None = None) -> Path:
    """Write the project; ``changes`` replace files, or leave them out."""
    files: dict[str, bytes | None] = {f".conductor/{name}": text.encode() for name, text in FILES.items()}
    files |= {name: text.encode() for name, text in BESIDE.items()}
    for name, content in (files | dict(changes or {})).items():
        if content is None:
            continue
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        path.chmod(0o755 if name.endswith(".sh") else 0o644)
    return root
