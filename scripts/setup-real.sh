#!/usr/bin/env bash
# Install the real counterparts that the live tests talk to.
#
#   scripts/setup-real.sh [part ...]      without parts: all of them
#
# Parts: pds wordpress mastodon prism postgresql fribidi chromium mailbox
#
# Everything that is not a Debian package goes into ${HUMASBOT_REAL_DIR:-/var/tmp/humasbot-real}. A part that is
# already there, in the version this script asks for, costs nothing. Debian packages need root (or sudo); their
# services are never started. Registries are used as the machine's apt, pip and npm are configured.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
real="${HUMASBOT_REAL_DIR:-/var/tmp/humasbot-real}"
all_parts=(pds wordpress mastodon prism postgresql fribidi chromium mailbox)
mastodon_version="0.6.1"

say() { printf '%s\n' "$*"; }
fail() { printf 'setup-real: %s\n' "$*" >&2; exit 1; }

# --- what a part is made of -------------------------------------------------------------------------------------

apt_packages() {
    case "$1" in
        wordpress)
            say wordpress wordpress-theme-twentytwentythree mariadb-server \
                php-cli php-mysql php-gd php-curl php-xml php-mbstring php-zip php-intl ;;
        postgresql) say postgresql ;;
        fribidi) say libfribidi0 fonts-noto-color-emoji ;;
        chromium) say chromium ;;
        pds) command -v make g++ >/dev/null || say build-essential ;;
    esac
}

# Whether the part's files are there, in whatever version.
is_present() {
    case "$1" in
        pds) [ -f "$real/pds/node_modules/better-sqlite3/build/Release/better_sqlite3.node" ] ;;
        prism) [ -x "$real/prism/node_modules/.bin/prism" ] ;;
        mailbox) [ -x "$real/mailbox/node_modules/.bin/maildev" ] ;;
        mastodon) [ -x "$real/mastodon/bin/mastodon_mock" ] ;;
        wordpress) mapfile -t asked < <(apt_packages wordpress | tr ' ' '\n') && dpkg -s "${asked[@]}" >/dev/null 2>&1 ;;
        postgresql) compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null ;;
        fribidi)
            compgen -G '/usr/lib/*/libfribidi.so.0' >/dev/null &&
                [ -f /usr/share/fonts/truetype/noto/NotoColorEmoji.ttf ] ;;
        chromium) [ -x /usr/bin/chromium ] ;;
        *) fail "unknown part '$1'; the parts are: ${all_parts[*]}" ;;
    esac
}

# The version a part from npm or PyPI must have; a part of Debian packages alone has none.
wanted() {
    case "$1" in
        pds | prism | mailbox) cksum <"$here/real/$1/package.json" ;;
        mastodon) say "mastodon_mock $mastodon_version" ;;
    esac
}

# A part with a version is done when its marker (a time, then that version) says so.
is_done() {
    is_present "$1" || return 1
    [ -z "$(wanted "$1")" ] || [ "$(tail -n +2 "$real/$1.done" 2>/dev/null)" = "$(wanted "$1")" ]
}

mark_done() {
    is_present "$1" || fail "$1 was installed, but its files are not where they should be; see $real/$1.log"
    { date -u +%Y-%m-%dT%H:%M:%SZ; wanted "$1"; } >"$real/$1.done"
}

# --- how it is installed ----------------------------------------------------------------------------------------

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# Keeps apt from starting the services it installs, on machines whose image does not do so already.
no_services() {
    local policy=/usr/sbin/policy-rc.d
    if [ ! -e "$policy" ]; then
        printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
        as_root chmod 755 "$policy"
        trap 'as_root rm -f /usr/sbin/policy-rc.d' EXIT
    fi
}

install_apt() {
    local options=(-y -q -o DPkg::Lock::Timeout=900)
    no_services
    as_root apt-get "${options[@]}" update
    as_root env DEBIAN_FRONTEND=noninteractive apt-get "${options[@]}" install --no-install-recommends "$@"
}

# Install scripts are never run: npm 11 skips them anyway, and what they would fetch comes from elsewhere.
install_npm() {
    local target="$real/$1"
    command -v npm >/dev/null || fail "$1 needs Node 20 with npm; install them first"
    mkdir -p "$target"
    cp "$here/real/$1/package.json" "$target/package.json"
    (cd "$target" && npm install --ignore-scripts --no-audit --no-fund --no-package-lock)
}

# SQLite's binding is compiled here, about two minutes, against the headers of the Node that is installed.
install_pds() {
    install_npm pds
    local node_home
    node_home="$(node -p 'require("path").dirname(require("path").dirname(process.execPath))')"
    [ -f "$node_home/include/node/node.h" ] || fail "no Node headers below $node_home/include/node; install them"
    cd "$real/pds"
    npm_config_nodedir="$node_home" npm_config_build_from_source=true JOBS=2 \
        npm rebuild better-sqlite3 --foreground-scripts
    node -e 'const Database = require("better-sqlite3"); new Database(":memory:").exec("select 1")'
}

# An environment of its own: its dependencies must not decide which versions humasbot is tested with.
install_mastodon() {
    rm -rf "$real/mastodon"
    python3 -m venv "$real/mastodon"
    "$real/mastodon/bin/pip" install --quiet --disable-pip-version-check "mastodon_mock==$mastodon_version"
}

install_part() {
    case "$1" in
        pds) install_pds ;;
        mastodon) install_mastodon ;;
        prism | mailbox) install_npm "$1" ;;
        *) : ;; # Debian packages only
    esac
}

# Two calls of this script at once wait for each other, part by part.
finish_part() {
    local started=$SECONDS
    exec 9>"$real/$1.lock"
    flock 9
    if ! is_done "$1"; then
        install_part "$1"
        mark_done "$1"
    fi
    echo "$1: installed in $((SECONDS - started)) s" >&3
}

# --- the run ----------------------------------------------------------------------------------------------------

parts=("$@")
[ ${#parts[@]} -gt 0 ] || parts=("${all_parts[@]}")
missing=()
for part in "${parts[@]}"; do
    if is_done "$part"; then say "$part: ready"; else missing+=("$part"); fi
done
[ ${#missing[@]} -gt 0 ] || exit 0

mkdir -p "$real"
packages=()
for part in "${missing[@]}"; do
    mapfile -t -O "${#packages[@]}" packages < <(apt_packages "$part" | tr -s ' ' '\n')
done
if [ ${#packages[@]} -gt 0 ]; then
    say "apt: ${packages[*]}"
    started=$SECONDS
    install_apt "${packages[@]}" >"$real/apt.log" 2>&1 || {
        tail -n 30 "$real/apt.log" >&2
        fail "apt could not install ${packages[*]}; the whole log is $real/apt.log"
    }
    say "apt: installed in $((SECONDS - started)) s"
fi

exec 3>&1
declare -A running=()
for part in "${missing[@]}"; do
    finish_part "$part" >"$real/$part.log" 2>&1 &
    running[$part]=$!
done
failed=()
for part in "${missing[@]}"; do
    wait "${running[$part]}" || failed+=("$part")
done
for part in "${failed[@]}"; do
    printf '\n--- %s, last lines of %s\n' "$part" "$real/$part.log" >&2
    tail -n 30 "$real/$part.log" >&2
done
[ ${#failed[@]} -eq 0 ] || fail "could not install: ${failed[*]}"
