#!/bin/sh
# What some tests need from the system, where apt can bring it; without it they skip and say so.
set -eu
wanted="newsboat"
missing=""
for package in $wanted; do
    command -v "$package" >/dev/null 2>&1 || missing="$missing $package"
done
[ -n "$missing" ] || exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    # shellcheck disable=SC2086 # a list of words
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing; } >/dev/null 2>&1 && exit 0
fi
echo "not installed, so their tests will be skipped:$missing (apt-get install$missing)"
