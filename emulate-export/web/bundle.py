#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Packs this package into one file for js-dos: bundle.py OUT.jsdos

A bundle is a ZIP with .jsdos/dosbox.conf and the images; the same package gives
the same bytes.
"""
import os
import sys
import zipfile

DATA = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    media = os.path.join(DATA, "media")
    files = [(".jsdos/dosbox.conf", os.path.join(DATA, "web", "dosbox.conf"))]
    files += [("media/" + n, os.path.join(media, n))
              for n in sorted(os.listdir(media))]
    with zipfile.ZipFile(sys.argv[1], "x", zipfile.ZIP_DEFLATED) as z:
        for name, path in files:
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            with open(path, "rb") as f, z.open(info, "w",
                                               force_zip64=True) as to:
                while data := f.read(1 << 20):
                    to.write(data)


main()
