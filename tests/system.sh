#!/bin/sh
# What some tests need from the system, where apt can bring it; without it they skip and say so.
set -eu
PATH="$PATH:/usr/sbin:/sbin" # daemons are there
missing=""
# A command, and the package it is in where that has another name.
for each in git newsboat r2e:rss2email sfeed_update:sfeed curl npm nginx caddy cron chromium \
    chromedriver:chromium-driver redis-server systemd-analyze:systemd setpriv:util-linux unshare:util-linux; do
    command -v "${each%%:*}" >/dev/null 2>&1 || missing="$missing ${each##*:}"
done
if [ -n "$missing" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    # The tests start daemons of their own: none is to run because it was installed, now or after a boot.
    policy=/usr/sbin/policy-rc.d
    if [ ! -e "$policy" ]; then
        trap 'rm -f "$policy"' EXIT
        trap 'exit 1' HUP INT TERM
        printf '#!/bin/sh\nexit 101\n' >"$policy"
        chmod 755 "$policy"
    fi
    apt-get update -qq >/dev/null 2>&1 || true
    wanted=$missing
    missing=""
    # One by one: where a package is not to be had, the others still are.
    for package in $wanted; do
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$package" >/dev/null 2>&1 ||
            missing="$missing $package"
        case "$package" in nginx | caddy | cron | redis-server) systemctl disable "$package" >/dev/null 2>&1 || true ;; esac
    done
fi
[ -z "$missing" ] || echo "not installed, so their tests will be skipped:$missing (apt-get install$missing)"
if command -v npm >/dev/null 2>&1 && { [ ! -e tests/node/node_modules/feedsmith ] || [ ! -e tests/node/node_modules/axe-core ]; }; then
    (cd tests/node && npm ci --no-audit --no-fund >/dev/null 2>&1) ||
        echo "not installed, so their tests will be skipped: the packages in tests/node (npm ci)"
fi
