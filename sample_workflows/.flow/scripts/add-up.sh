#!/bin/sh
# Fails unless the numbers in a report add up to the number of errors in its log. For triage.wf.
#
#   add-up.sh LOG REPORT
set -eu
log=$1 report=$2

in_log=$(grep -cE '^[^ ]+ +(ERROR|CRITICAL|FATAL) ' "$log" || test $? -eq 1)
in_report=$(awk '/^## [0-9]+ x / { sum += $2; classes++ } END { printf "%d errors in %d classes", sum, classes }' "$report")
if [ "${in_report%% *}" -ne "$in_log" ]; then
  echo "the log has $in_log errors, but the report has $in_report" >&2
  exit 1
fi
rm -f "$report.left"
echo "$in_report, as many as in the log: $report"
printf '{"markers": ["complete"], "context": "%s"}\n' "$in_report" >"${FLOW_OUTPUT_FILE:-/dev/stdout}"
