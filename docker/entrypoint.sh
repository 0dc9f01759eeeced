#!/bin/sh
# What the image runs: api, worker, or any command of scrubber (`db upgrade`, `keys create`, `reference show`, ...).
# The command takes the place of this shell, so that it gets the signals.
set -eu

case "${1:-api}" in
    api) exec scrubber serve ;;
    worker) exec scrubber worker ;;
    *) exec scrubber "$@" ;;
esac
