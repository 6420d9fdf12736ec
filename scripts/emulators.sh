#!/usr/bin/env bash
# Installs the emulators, and what else others wrote that some suites run against, each at its pinned version, into a folder
# of their own.
# It needs Python 3.10 or later. Suites whose emulator is missing are skipped by name.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
folder=${FNPKG_EMULATORS:-${XDG_CACHE_HOME:-$HOME/.cache}/fnpkg-emulators}
wanted=test/emulators/requirements.txt

# From npm, beside each other. aws-lambda-ric's install scripts build a native module, for which the tests have a stand-in.
packages=(@azure/arm-appservice@19.0.0 aws-lambda-ric@3.3.0 azurite@3.35.0)
from_npm() {
  local package
  for package in "${packages[@]}"; do
    grep -qs "\"version\": \"${package##*@}\"" "$folder/npm/node_modules/${package%@*}/package.json" && continue
    # All of them at once: npm takes away what it is not told of.
    npm install --silent --no-save --no-package-lock --ignore-scripts --prefix "$folder/npm" "${packages[@]}"
    return
  done
}

if [ -x "$folder/bin/pip" ] && cmp -s "$wanted" "$folder/requirements.txt"; then
  from_npm
  exit 0
fi
python3 -m venv --clear "$folder"
"$folder/bin/pip" install --quiet --disable-pip-version-check --requirement "$wanted"
cp "$wanted" "$folder/requirements.txt"
from_npm
