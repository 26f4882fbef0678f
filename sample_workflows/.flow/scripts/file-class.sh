#!/bin/sh
# Moves one class of errors from the work file to the report. For triage.wf.
#
#   CLASS=… HEADING=… DETAILS=… file-class.sh REPORT
#
# Should it be cut short and run again, nothing is written twice: the report is looked at first, and the work file
# is replaced last, in one go.
set -eu
report=$1 work=$1.left

grep -qxF -- "$HEADING" "$report" || printf '\n%s\n\n%s\n' "$HEADING" "$DETAILS" >>"$report"
awk -F '\t' '$1 != ENVIRON["CLASS"]' "$work" >"$work.new"
mv "$work.new" "$work"

left=$(awk 'END { print NR }' "$work")
echo "$HEADING" | cut -c 4-
echo "$left errors left"
if [ "$left" -gt 0 ]; then markers='["left"]'; else markers='[]'; fi
printf '{"markers": %s, "context": "%s errors left"}\n' "$markers" "$left" >"${FLOW_OUTPUT_FILE:-/dev/stdout}"
