#!/usr/bin/env bash
# Makes sure that Debian's nginx is there for the test of the dashboard behind it; no service of it is left running.
# Usage: install_nginx.sh
set -euo pipefail
PATH="$PATH:/usr/sbin"
command -v nginx >/dev/null && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "installing Debian's nginx-light for the test of the dashboard behind a proxy ..."
  apt-get update -qq
  # nginx-light wants to start at once, which a folder that only tests need it for should not bring about.
  DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -y -qq --no-install-recommends nginx-light >/dev/null
  exit 0
fi
echo "no nginx here: the test of the dashboard behind a proxy is skipped (Debian: apt-get install nginx-light)"
