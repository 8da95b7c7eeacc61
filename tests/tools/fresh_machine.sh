#!/usr/bin/env bash
# Can a stranger start? Debootstraps a minimal Debian 12 into a folder, copies a clean clone of this
# checkout in, runs ./dev demo and ./dev test there in a chroot, and prints times and what was
# installed. Not part of CI: it needs root, debootstrap, 6 GB and a quarter of an hour.
#
#   tests/tools/fresh_machine.sh [FOLDER]      default: a folder made by mktemp, removed at the end
set -euo pipefail

needed_gb=6
checkout="$(git -C "$(dirname "${BASH_SOURCE[0]}")" rev-parse --show-toplevel)"
given="${1:-}"
machine="${given:-$(mktemp -d)}/debian12"

say() { printf '\n== %s\n' "$*"; }
fail() { printf 'fresh_machine: %s\n' "$*" >&2; exit 1; }

finish() {
  local mounted
  for mounted in proc dev/pts dev/null dev/urandom dev/random; do
    if mountpoint -q "$machine/$mounted"; then umount "$machine/$mounted"; fi
  done
  if [[ -z "$given" ]]; then rm -rf "$(dirname "$machine")"; fi
}

check_host() {
  ((EUID == 0)) || fail "debootstrap and chroot need root"
  command -v debootstrap >/dev/null || fail "please run: apt-get install -y debootstrap"
  local free_gb
  free_gb=$(($(df --output=avail -k "$(dirname "$(dirname "$machine")")" | tail -1) / 1024 / 1024))
  ((free_gb >= needed_gb)) || fail "$free_gb GB are free, $needed_gb GB are needed"
}

# The host's way to the registries: apt sources and settings, pip settings, certificates.
copy_settings() {
  local path
  for path in /etc/apt/sources.list /etc/apt/sources.list.d /etc/apt/apt.conf.d /etc/apt/auth.conf.d \
    /etc/apt/keyrings /usr/share/keyrings /etc/pip.conf /root/.pip /root/.config/pip \
    /etc/ssl/certs /usr/local/share/ca-certificates /etc/resolv.conf /etc/hosts; do
    if [[ -e "$path" ]]; then
      mkdir -p "$machine$(dirname "$path")"
      rm -rf "${machine:?}$path"
      cp -rL "$path" "$machine$path" 2>/dev/null || true
    fi
  done
  # A certificate file that an environment variable names comes along under the same path.
  local name
  for name in SSL_CERT_FILE REQUESTS_CA_BUNDLE PIP_CERT CURL_CA_BUNDLE; do
    path="${!name:-}"
    if [[ -f "$path" ]]; then
      mkdir -p "$machine$(dirname "$path")"
      cp -L "$path" "$machine$path"
    fi
  done
}

# Settings that apt and pip read from the environment; nothing else of the host's.
settings_of_environment() {
  env | grep -iE '^(https?_proxy|no_proxy|all_proxy|pip_[a-z_]+|ssl_cert_(file|dir)|requests_ca_bundle|curl_ca_bundle)=' || true
}

mirror_of_host() {
  cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null |
    sed -nE 's/^URIs: *([^ ]+).*/\1/p; s/^deb (\[[^]]*\] )?([^ ]+).*/\2/p' | grep -v security | head -1
}

inside() {
  local settings=()
  mapfile -t settings < <(settings_of_environment)
  chroot "$machine" /usr/bin/env -i HOME=/root TERM=dumb PATH=/usr/sbin:/usr/bin:/sbin:/bin \
    LANG=C.UTF-8 "${settings[@]}" bash -c "$1" </dev/null
}

packages_inside() { inside "dpkg-query -W -f='\${Package}\n'" | sort; }

timed() {
  local begin=$SECONDS
  say "$1"
  inside "cd /root/kvsim && $1" || fail "$1 failed on a fresh machine"
  printf '== %s took %d s\n' "$1" $((SECONDS - begin))
}

trap finish EXIT
check_host
mkdir -p "$machine"

say "debootstrap of Debian 12 into $machine"
debootstrap --variant=minbase bookworm "$machine" ${KVSIM_MIRROR:-$(mirror_of_host)} >"$machine.log" 2>&1 ||
  { tail -20 "$machine.log" >&2; fail "debootstrap failed; KVSIM_MIRROR names another mirror"; }
copy_settings
mkdir -p "$machine/proc"
mount -t proc proc "$machine/proc"
mkdir -p "$machine/dev/pts"
mount -t devpts -o newinstance,ptmxmode=0666 devpts "$machine/dev/pts"
ln -sf pts/ptmx "$machine/dev/ptmx"
for device in null urandom random; do
  touch "$machine/dev/$device"
  mount --bind "/dev/$device" "$machine/dev/$device"
done

git clone -q --no-hardlinks "$checkout" "$machine/root/kvsim"
before="$(packages_inside)"
timed "./dev demo"
timed "./dev test"
timed "./dev demo"
say "installed by ./dev: $(comm -13 <(printf '%s\n' "$before") <(packages_inside) | wc -l) packages"
comm -12 <(comm -13 <(printf '%s\n' "$before") <(packages_inside)) \
  <(grep -v '^#' "$checkout/packages.apt" | sort) | tr '\n' ' '
say "disk: $(du -sxh "$machine" | cut -f1)"
