#!/bin/sh
# Says what is in the notes and what is left to do. For release.wf.
#
#   ready.sh NOTES
set -eu
notes=$1

entries=$(grep -c '^- ' "$notes" || test $? -eq 1)
echo "checked, and $entries entries in $notes"
echo "when they are as they should be: git tag -a vX.Y.Z -F $notes"
