#!/bin/sh
# Sets everything up: bubblewrap, the packages, the build. Does only what is missing; safe to run again.
set -eu
cd "$(dirname "$0")/.."

say() { printf 'setup: %s\n' "$*" >&2; }
has() { command -v "$1" >/dev/null 2>&1; }

if ! has node || ! node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 20 || (a == 20 && b >= 20) ? 0 : 1)'; then
  say "Node 20.20 or newer is needed (found: $(node -v 2>/dev/null || echo none))."
  exit 1
fi

# How to become root without asking anybody, or nothing.
if [ "$(id -u)" = 0 ]; then as_root='env'; elif has sudo && sudo -n true 2>/dev/null; then as_root='sudo -n'; else as_root=''; fi

# The line that installs a package here, without the part that makes it root.
install_line() {
  if has apt-get; then echo "apt-get install -y --no-install-recommends $1"
  elif has dnf; then echo "dnf install -y $1"
  elif has pacman; then echo "pacman -S --noconfirm $1"
  elif has apk; then echo "apk add $1"
  elif has zypper; then echo "zypper --non-interactive install $1"
  fi
}

if [ "$(uname -s)" = Linux ] && ! has bwrap; then
  line=$(install_line bubblewrap)
  if [ -n "$as_root" ] && [ -n "$line" ]; then
    say 'bubblewrap is missing; installing it'
    # Package lists may be absent or old: the first try is without them.
    $as_root sh -c "DEBIAN_FRONTEND=noninteractive $line" >/dev/null 2>&1 ||
      { ! has apt-get || $as_root apt-get update >/dev/null; $as_root sh -c "DEBIAN_FRONTEND=noninteractive $line" >/dev/null; } ||
      say "could not install it. Type: sudo $line"
  else
    say 'bubblewrap is missing, and commands do not run without it. Type:'
    say "  sudo ${line:-(your package manager) install bubblewrap}"
  fi
fi

if [ ! -e node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
  # No script of a package runs here: the one that is needed is started below, when it can succeed.
  npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
  touch node_modules/.package-lock.json
fi

# node-pty is compiled where a compiler and Node's own headers are at hand; elsewhere its ready-built release serves.
prefix=$(node -p 'require("path").dirname(require("path").dirname(process.execPath))')
if [ -d node_modules/node-pty ] && [ ! -e node_modules/node-pty/build/Release/pty.node ] && [ "$(uname -s)" = Linux ] &&
  has make && has g++ && has python3 && [ -e "$prefix/include/node/node.h" ]; then
  npm_config_nodedir=$prefix npm rebuild node-pty --ignore-scripts=false --loglevel=error >/dev/null 2>&1 ||
    say 'node-pty did not compile; its ready-built release is used'
fi
node -e '
  for (const file of ["node-pty/build/Release/pty.node", `node-pty/prebuilds/${process.platform}-${process.arch}/pty.node`,
    `node-pty-prebuilt/prebuilds/${process.platform}-${process.arch}/pty.node`]) {
    try { require(`${process.cwd()}/node_modules/${file}`); process.exit(0) } catch {}
  }
  console.error("setup: no pseudo-terminal module loads here. Install a compiler, make and python3, then run this again.");
  process.exit(1)'

npm run -s build
