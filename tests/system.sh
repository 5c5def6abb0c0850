#!/bin/sh
# What some tests need from the system, where apt can bring it; without it they skip and say so.
set -eu
missing=""
for package in newsboat npm; do
    command -v "$package" >/dev/null 2>&1 || missing="$missing $package"
done
if [ -n "$missing" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    # shellcheck disable=SC2086 # a list of words
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing; } >/dev/null 2>&1 && missing=""
fi
if command -v npm >/dev/null 2>&1 && [ ! -e tests/node/node_modules/feedsmith ]; then
    (cd tests/node && npm ci --no-audit --no-fund >/dev/null 2>&1) || missing="$missing npm-packages"
fi
[ -z "$missing" ] || echo "not installed, so their tests will be skipped:$missing (apt-get install newsboat npm)"
