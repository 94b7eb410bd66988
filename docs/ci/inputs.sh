#!/bin/sh
# Brings what the workspace reads and git does not hold; each pipeline runs it before it plans.
# Secrets come as variables of the environment that the job names; write none into this file.
set -eu

# The roster, for example from the HR system:
#   curl --fail --silent --show-error --output roster.csv \
#       --header "Authorization: Bearer $ROSTER_TOKEN" https://hr.example/export.csv

# Ledger and LMS, where they are files: a runner of your own keeps them outside of the checkout.
#   ln -sfn /srv/reconciler .reconciler

if [ ! -s roster.csv ]; then
    echo "ci/inputs.sh: there is no roster.csv. Write into this file how it arrives." >&2
    exit 1
fi
