#!/bin/sh
# Makes a stand-in for python:3.12-slim-bookworm where no registry can be reached: Debian stable and
# its own Python, from the mirror that this machine's apt uses. Needs root, debootstrap and Docker.
#   make_base_image.sh TAG
set -eu
tag=$1
mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' |
    sed -n 's,/$,,; /debian$/p' | head -n 1)
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT

debootstrap --variant=minbase --include=ca-certificates,python3,python3-venv \
    bookworm "$root" "$mirror"
ln -s /usr/bin/python3 "$root/usr/local/bin/python"
# Behind a company's certificate authority pip needs what this machine trusts.
cp -L /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt"
printf '[global]\ncert = /etc/ssl/certs/ca-certificates.crt\n' >"$root/etc/pip.conf"
rm -rf "$root/var/cache/apt/archives" "$root/var/lib/apt/lists"
tar -C "$root" -c . | docker import \
    -c 'ENV PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' -c 'CMD ["python"]' - "$tag"
