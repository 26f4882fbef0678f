#!/bin/sh
# Steps in `always` run whatever happened before.
echo "Run $FLOW_RUN_ID is over. Goodbye, $FLOW_WHO."
