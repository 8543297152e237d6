#!/bin/sh
# Puts together all files of the image: one program under the four names that it goes by, the
# libraries it is linked to, and the authorities that TLS connections trust.
#
#   docker/rootfs.sh PROGRAM FOLDER
set -eu
program=$1
root=$2

mkdir -p "$root/usr/local/bin" "$root/etc/ssl/certs" "$root/var/lib/auth"
chmod 0700 "$root/var/lib/auth"
cp "$program" "$root/usr/local/bin/authctl"
for server in session-server jwt-server oauth-server; do
    ln -s authctl "$root/usr/local/bin/$server"
done
ldd "$program" | grep -o '/[^ ]*' | while read -r library; do
    cp --dereference --parents "$library" "$root"
done
cp --dereference /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
