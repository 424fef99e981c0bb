#!/usr/bin/env bash
# Makes sure that a Chromium is there: the system's, else Debian's package, else Playwright's own.
# Usage: install_chromium.sh PYTHON
set -euo pipefail
for name in chromium chromium-browser google-chrome; do
  command -v "$name" >/dev/null && exit 0
done
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "installing Debian's chromium for the browser tests ..."
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null && exit 0
fi
echo "installing Playwright's chromium for the browser tests ..."
exec "$1" -m playwright install chromium
