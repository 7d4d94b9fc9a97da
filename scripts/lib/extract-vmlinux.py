#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Takes the uncompressed kernel out of a bzImage, for QEMU to start directly (PVH).

usage: extract-vmlinux.py BZIMAGE VMLINUX
Unpacking in the emulated guest costs a second of every start; here it is done once. Exit status 1
means that the compression is not one we know (6.1 has LZ4, which is quick in the guest as well).
"""
import lzma
import struct
import subprocess
import sys

image = open(sys.argv[1], "rb").read()
sectors = image[0x1F1] or 4  # offsets: Documentation/arch/x86/boot.rst
start = (sectors + 1) * 512 + struct.unpack_from("<I", image, 0x248)[0]
payload = image[start : start + struct.unpack_from("<I", image, 0x24C)[0]]

if payload.startswith(b"\xfd7zXZ\0"):
    kernel = lzma.LZMADecompressor().decompress(payload)
elif payload.startswith(b"\x28\xb5\x2f\xfd"):
    # The kernel's size follows the frame; zstd complains about it and still writes all of the frame.
    kernel = subprocess.run(["zstd", "-dqc"], input=payload, capture_output=True).stdout
else:
    sys.exit(1)
if not kernel.startswith(b"\x7fELF"):
    sys.exit(1)
open(sys.argv[2], "wb").write(kernel)
