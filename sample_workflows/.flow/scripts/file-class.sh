#!/bin/sh
# Moves one class of errors from the work file to the report. For triage.wf.
#
#   FOUND='12 x ERROR [mailer] …' file-class.sh REPORT
#
# Should it be cut short and run again, nothing is written twice: the report is looked at first, and the work file
# is replaced last, in one go.
set -eu
report=$1 work=$1.left
CLASS=${FOUND#* x }
export CLASS

if ! grep -qxF -- "## $FOUND" "$report"; then
  printf '\n## %s\n\n' "$FOUND" >>"$report"
  awk -F '\t' '
    $1 == ENVIRON["CLASS"] {
      split($2, words, " ")
      if (first == "") { first = words[1]; example = $2 }
      last = words[1]
    }
    END { printf "- first: %s\n- last: %s\n- example: `%s`\n", first, last, example }' "$work" >>"$report"
fi
awk -F '\t' '$1 != ENVIRON["CLASS"]' "$work" >"$work.new"
mv "$work.new" "$work"

left=$(awk 'END { print NR }' "$work")
echo "$FOUND"
echo "$left errors left"
if [ "$left" -gt 0 ]; then markers='["left"]'; else markers='[]'; fi
printf '{"markers": %s, "context": "%s errors left"}\n' "$markers" "$left" >"${FLOW_OUTPUT_FILE:-/dev/stdout}"
