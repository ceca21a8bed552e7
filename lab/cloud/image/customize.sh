#!/bin/sh
# mmdebstrap runs this outside the new root file system, and it turns that into the image of a server. customize.sh ROOT
# OFFERED: the packages that a server can install. MMDEBSTRAP_APT_CONFIG: makes this machine's apt work on ROOT.
set -eu
root=$1
here=$(dirname "$0")
export APT_CONFIG="$MMDEBSTRAP_APT_CONFIG"

# a repository in the image, with everything that the offered packages need
offered=
for package in $OFFERED; do
    if apt-cache show "$package" > /dev/null 2>&1; then
        offered="$offered $package"
    fi
done
repository=$root/opt/packages
mkdir -p "$repository/partial"
# shellcheck disable=SC2086 # a list of words
apt-get --yes --quiet --download-only -o APT::Install-Recommends=true -o Dir::Cache::archives="$repository" install $offered
rm -rf "$repository/partial" "$repository/lock"
cd "$repository"
for file in *.deb; do
    plain=$(echo "$file" | sed 's/_[0-9]*%3a/_/') # an epoch in the file's name would have to be quoted in the index
    [ "$plain" = "$file" ] || mv "$file" "$plain"
done
for file in *.deb; do
    dpkg-deb --field "$file"
    printf 'Filename: ./%s\nSize: %s\nSHA256: %s\n\n' "$file" "$(stat -c %s "$file")" "$(sha256sum "$file" | cut -d ' ' -f 1)"
done > Packages
cd - > /dev/null
rm -rf "$root"/etc/apt/sources.list.d/* "$root"/etc/apt/apt.conf.d/99mmdebstrap "$root"/var/lib/apt/lists/*
echo 'deb [trusted=yes] file:/opt/packages ./' > "$root/etc/apt/sources.list"
chroot "$root" env -u APT_CONFIG apt-get --quiet --quiet update

cp "$here/cloud.cfg" "$root/etc/cloud/cloud.cfg"
rm -f "$root"/etc/cloud/cloud.cfg.d/*_dpkg.cfg

# no host key and no identity is shared between servers
rm -f "$root"/etc/ssh/ssh_host_* "$root/var/lib/dbus/machine-id" "$root/etc/hostname"
: > "$root/etc/machine-id"

# units that cannot work in a container (a console, a crash log of the firmware) or that would disturb a measurement
for unit in console-getty.service getty.target systemd-pstore.service e2scrub_reap.service e2scrub_all.timer fstrim.timer \
    apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer man-db.timer logrotate.timer systemd-tmpfiles-clean.timer \
    cloud-init-hotplugd.socket cloud-init-hotplugd.service systemd-networkd-wait-online.service systemd-hostnamed.socket \
    systemd-remount-fs.service systemd-journal-catalog-update.service systemd-update-utmp-runlevel.service; do
    ln -sf /dev/null "$root/etc/systemd/system/$unit"
done
# root's user manager runs all the time, or each SSH session would start and stop it, which takes 0.16 s of a processor
mkdir -p "$root/var/lib/systemd/linger"
: > "$root/var/lib/systemd/linger/root"
mkdir -p "$root/etc/systemd/journald.conf.d"
# a small journal, because the file system is an overlay on the machine's disk
printf '[Journal]\nStorage=persistent\nSystemMaxUse=64M\n' > "$root/etc/systemd/journald.conf.d/size.conf"
mkdir -p "$root/var/log/journal"
