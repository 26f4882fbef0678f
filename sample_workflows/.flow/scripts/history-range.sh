#!/bin/sh
# Finds the part of the history that release notes are for. For changelog.wf.
#
#   history-range.sh [TAG-OR-COMMIT]
#
# Hands over: range (for git log), limit (at most so many commits) and span (for people). Works in a shallow clone
# and with a single commit: it never asks for what is before the oldest commit there is.
set -eu
since=${1:-}

die() { echo "$*" >&2; exit 1; }

command -v git >/dev/null || die 'git is not installed: the notes are made from its history'
git rev-parse --git-dir >/dev/null 2>&1 || die "$PWD is not in a git checkout: the notes are made from its history"
git rev-parse --verify --quiet HEAD >/dev/null || die 'the repository has no commits yet'

limit=2000
if [ -n "$since" ]; then
  git rev-parse --verify --quiet --end-of-options "$since^{commit}" >/dev/null ||
    die "there is no tag or commit '$since' in this repository (a shallow clone has only the newest ones)"
  range="$since..HEAD" span="since $since"
elif tag=$(git describe --tags --abbrev=0 HEAD 2>/dev/null) &&
  { [ "$(git rev-list --count "$tag..HEAD")" -gt 0 ] || tag=$(git describe --tags --abbrev=0 HEAD^ 2>/dev/null); }; then
  range="$tag..HEAD" span="since $tag"
else
  limit=50 range=HEAD
  span="up to $(git rev-parse --short HEAD)"
fi

echo "$span"
escaped() { printf '%s' "$1" | sed 's/[\\"]/\\&/g'; }
printf '{"range": "%s", "limit": "%s", "span": "%s", "context": "%s"}\n' \
  "$(escaped "$range")" "$limit" "$(escaped "$span")" "$(escaped "$span")" >"${FLOW_OUTPUT_FILE:-/dev/stdout}"
