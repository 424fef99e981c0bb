#!/usr/bin/env bash
# Makes sure that LibreOffice's slides, poppler's tools and the fonts that stand in for Arial are there.
# Usage: install_office.sh
set -euo pipefail
command -v soffice >/dev/null && command -v pdftoppm >/dev/null && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "installing Debian's libreoffice-impress and poppler-utils for the tests of slides ..."
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    libreoffice-impress poppler-utils fonts-liberation >/dev/null
  exit 0
fi
echo "no LibreOffice here: the tests that open slides in it are skipped (Debian: apt-get install libreoffice-impress poppler-utils fonts-liberation)"
