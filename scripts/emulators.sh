#!/usr/bin/env bash
# Installs the emulators, and what else others wrote that some suites run against, each at its pinned version, into a folder
# of their own.
# It needs Python 3.10 or later. Suites whose emulator is missing are skipped by name.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
folder=${FNPKG_EMULATORS:-${XDG_CACHE_HOME:-$HOME/.cache}/fnpkg-emulators}
wanted=test/emulators/requirements.txt

# Its install scripts build a native module, for which the tests have a stand-in.
runtime_client() {
  local package=aws-lambda-ric version=3.3.0
  grep -qs "\"version\": \"$version\"" "$folder/npm/node_modules/$package/package.json" ||
    npm install --silent --no-save --no-package-lock --ignore-scripts --prefix "$folder/npm" "$package@$version"
}

if [ -x "$folder/bin/pip" ] && cmp -s "$wanted" "$folder/requirements.txt"; then
  runtime_client
  exit 0
fi
python3 -m venv --clear "$folder"
"$folder/bin/pip" install --quiet --disable-pip-version-check --requirement "$wanted"
cp "$wanted" "$folder/requirements.txt"
runtime_client
