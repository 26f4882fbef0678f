"""A GitHub on this machine that the real ``gh`` can ask: no keys, no network."""

import json
import threading
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

_PAGE = {"hasNextPage": False, "endCursor": ""}


def _many(*nodes: object) -> dict[str, object]:
    return {"nodes": list(nodes), "totalCount": len(nodes), "pageInfo": _PAGE}


def _issue(number: int, title: str, body: str = "") -> dict[str, object]:
    bug = {"id": "l", "name": "bug", "description": "", "color": ""}
    known = {"number": number, "title": title, "url": f"u{number}", "state": "OPEN", "body": body}
    return {"__typename": "Issue", **known, "labels": _many(bug)}


_CHECK = {
    "__typename": "CheckRun",
    "name": "ci",
    "status": "COMPLETED",
    "conclusion": "SUCCESS",
    "startedAt": "2026-01-01T00:00:00Z",
    "completedAt": "2026-01-01T00:01:00Z",
    "detailsUrl": "u",
    "checkSuite": {"workflowRun": {"workflow": {"name": "build"}}},
}
_REVIEW = {
    "author": {"login": "nina"},
    "authorAssociation": "MEMBER",
    "body": "",
    "state": "APPROVED",
    "submittedAt": "2026-01-01T00:00:00Z",
}
_COMMITS = _many({"commit": {"oid": "x", "statusCheckRollup": {"contexts": _many(_CHECK)}}})
_REQUEST = {
    "id": "p",
    "number": 7,
    "state": "OPEN",
    "headRefName": "feature",
    "reviewDecision": "APPROVED",
    "reviews": _many(_REVIEW),
    "commits": _COMMITS,
    "statusCheckRollup": _COMMITS,
}


def _answer(query: str) -> dict[str, Any]:
    """Return what GitHub knows, by what is asked for."""
    one, two = _issue(1, "One"), _issue(2, "Two", "blocked by #1")
    if "issues(" in query:
        return {"hasIssuesEnabled": True, "issues": _many(two, one)}
    if "pullRequests(" in query:
        return {"pullRequests": _many(_REQUEST)}
    if "pullRequest" in query and "issue" not in query:
        return {"pullRequest": _REQUEST}
    return {"hasIssuesEnabled": True, "issue": one, "issueOrPullRequest": one}


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        query = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["query"]
        data = json.dumps({"data": {"repository": _answer(query)}}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def github(home: Path) -> Generator[dict[str, str]]:
    """Yield variables with which ``gh`` asks here, as the proxy on the way to a GitHub of its makers' own."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield {
            "HTTP_PROXY": f"http://127.0.0.1:{server.server_port}",
            "GH_HOST": "github.localhost",
            "GH_REPO": "github.localhost/owner/name",
            "GH_TOKEN": "none",
            "GH_ENTERPRISE_TOKEN": "none",
            "GH_CONFIG_DIR": str(home),
        }
    finally:
        server.shutdown()
        server.server_close()
