#!/bin/sh
# Builds a root file system unless it exists. Runs under a lock, and ends with a rename, so that an unfinished image
# never has its name. build.sh TARGET SUITE < SOURCES INSTALLED: a comma-separated list; OFFERED: see customize.sh;
# APT_OPTIONS: lines of this machine's apt configuration.
set -eu
target=$1
suite=$2
here=$(dirname "$(realpath "$0")")
if [ -d "$target" ]; then
    exit 0
fi
rm -rf --one-file-system "$target.new"
set --
while IFS= read -r option; do
    if [ -n "$option" ]; then
        set -- "$@" "--aptopt=$option"
    fi
done << END
$APT_OPTIONS
END
mmdebstrap --mode=root --variant=minbase --format=directory --include="$INSTALLED" --aptopt='Acquire::Languages "none"' \
    --dpkgopt='path-exclude=/usr/share/man/*' "$@" --customize-hook="$here/customize.sh \"\$1\"" "$suite" "$target.new" -
mv "$target.new" "$target"
