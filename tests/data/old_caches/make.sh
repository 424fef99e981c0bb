#!/bin/sh
# Makes the caches of earlier versions beside this file, each with the code of its time: sh make.sh [PLACE]
# PLACE is a folder to work in; its path stands in the runs. Needs git's history and today's packages.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
place=${1:-/srv/old-caches}
python=${PYTHON:-python}
unset VLEDGER_MIRROR VLEDGER_PRECOMPUTED
mkdir -p "$place"

# The last commit with each schema.
for one in 0001:d543421 0002:3a40852 0003:fe2fe18 0004:c6bf45c 0005:6870c45 0006:87be2ca; do
  name=${one%%:*}
  code="$place/code-$name"
  export PYTHONPATH="$code" VLEDGER_CACHE="$place/$name"
  rm -rf "$VLEDGER_CACHE"
  git -C "$here" worktree add --force --detach "$code" "${one##*:}"
  cd "$code"
  case $name in
    0001) ;;
    # Its own tasks were real data sets alone: the rows are given, the code that writes them is the old one.
    0002) "$python" "$here/make_0002.py" ;;
    *)
      # A task of its own: of two runs that measure the same, the store shows one.
      cp "$here/mine.csv" "$place/mine-$name.csv"
      "$python" -m engine probe --task "$place/mine-$name.csv" --name "kept-$name" --protocol fair-v1 --regime full \
        --baseline gc --baseline majority --no-publish
      ;;
  esac
  "$python" -m engine publish
  if [ "$name" = 0005 ]; then
    "$python" -c "from dashboard.export.kept_links import keep; keep('page=task&model=kept')"
  fi
  cd "$here"
  rm -rf "${here:?}/$name"
  mkdir "$name"
  for part in results runs links.sqlite; do
    if [ -e "$VLEDGER_CACHE/$part" ]; then cp -R "$VLEDGER_CACHE/$part" "$name/"; fi
  done
  mkdir "$name/store"
  cp "$VLEDGER_CACHE/store/current.json" "$name/store/"
  git -C "$here" worktree remove --force "$code"
done
