# SPDX-License-Identifier: Apache-2.0
# dpkg-buildpackage and fakeroot: a tiny package is built without root, with root's files in it
export SOURCE_DATE_EPOCH=1767322800 DEB_BUILD_OPTIONS=nocheck
set -e
mkdir -p tiny/debian/source && cd tiny && echo '3.0 (native)' >debian/source/format
printf 'tiny (1.0) unstable; urgency=low\n\n  * First.\n\n -- A Person <person@example.net>  Fri, 02 Jan 2026 03:00:00 +0000\n' >debian/changelog
printf 'Source: tiny\nMaintainer: A Person <person@example.net>\nRules-Requires-Root: binary-targets\n\nPackage: tiny\nArchitecture: all\nDescription: tiny\n' >debian/control
cat >debian/rules <<'R'
#!/usr/bin/make -f
build build-indep build-arch:
	echo 'echo tiny' >tiny
binary: build
	install -D -o root -g root -m 755 tiny debian/tiny/usr/bin/tiny
	install -d debian/tiny/DEBIAN
	dpkg-gencontrol -ptiny -Pdebian/tiny
	dpkg-deb --build debian/tiny ..
R
chmod +x debian/rules
dpkg-buildpackage -d -rfakeroot --as-root -Tbinary >../log 2>&1 || cat ../log
rm ../log && dpkg-deb -c ../tiny_1.0_all.deb | tr -s ' ' | cut -d' ' -f1-3,6
fakeroot sh -c 'id -u; mknod d c 1 3; chown 7:8 d; stat -c "%F %u:%g" d'; stat -c %F d
