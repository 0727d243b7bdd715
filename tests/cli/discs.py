#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# tests/cli/discs.py - discs in a drive, from the drive to the export
"""The whole program with drives in memory (soft_device.c): every kind of disc
is taken in, compared byte for byte with what it was made of, read by other
programs, and lived with: cat, convert, export, check, rebuild."""
import hashlib
import json
import os
import random
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import time

SOFT = os.environ["MUNIMENT_SOFT"]
CORPUS = os.environ.get("MUNIMENT_CORPUS") or os.path.join(
    os.environ["MUN_SOURCE_DIR"], "..", "shared", "corpus")
RAW = 2352


def pattern(size, seed):
    """Bytes that are the same for the same seed."""
    return random.Random(seed).randbytes(size)


def need(truth, text):
    """Fail the test unless it is so."""
    if not truth:
        raise AssertionError(text)


def edc(data):
    """The check of ECMA-130, 14.3, bit by bit."""
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xd8018001 if crc & 1 else 0)
    return struct.pack("<I", crc)


def form1(seed, n):
    """Sectors of Mode 2 form 1 from the subheader on, without parity."""
    out = b""
    for i in range(n):
        part = b"\x01\x02\x08\x00" * 2 + pattern(2048, seed + i)
        out += part + edc(part) + bytes(276)
    return out


def volume(sectors, claims=None):
    """An ISO image of so many sectors, a volume of @claims of them."""
    data = bytearray(pattern(sectors * 2048, sectors))
    claims = claims or sectors
    head = bytearray(2048)
    head[0:8] = b"\x01CD001\x01\x00"
    head[8:40] = b"LINUX".ljust(32)
    head[40:72] = b"A DISC".ljust(32)
    head[80:88] = struct.pack("<I", claims) + struct.pack(">I", claims)
    head[120:124] = struct.pack("<H", 1) + struct.pack(">H", 1)
    head[124:128] = struct.pack("<H", 1) + struct.pack(">H", 1)
    head[128:132] = struct.pack("<H", 2048) + struct.pack(">H", 2048)
    root = bytearray(34)
    root[0] = 34
    root[2:10] = struct.pack("<I", 20) + struct.pack(">I", 20)
    root[10:18] = struct.pack("<I", 2048) + struct.pack(">I", 2048)
    root[25] = 2
    root[28:32] = struct.pack("<H", 1) + struct.pack(">H", 1)
    root[32] = 1
    head[156:190] = root
    head[881] = 1
    data[16 * 2048:17 * 2048] = head
    end = bytearray(2048)
    end[0:7] = b"\xffCD001\x01"
    data[17 * 2048:18 * 2048] = end
    return bytes(data)


class Lab:
    """A folder with a repository, and drives described by files."""

    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix="muniment-discs-")
        self.repo = os.path.join(self.dir, "repo")
        self.n = 0
        self.run("init", self.repo, repo=False)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.dir, ignore_errors=True)

    def path(self, *names):
        return os.path.join(self.dir, *names)

    def file(self, name, data):
        with open(self.path(name), "wb") as f:
            f.write(data if isinstance(data, bytes) else data.encode())
        return self.path(name)

    def run(self, *args, repo=True, status=(0,)):
        words = [SOFT] + (["-C", self.repo] if repo else []) + list(args)
        p = subprocess.run(words, capture_output=True, check=False)
        if p.returncode not in status:
            raise AssertionError("%s: exit %d, not %s\n%s%s" % (
                " ".join(args), p.returncode, status,
                p.stdout.decode(errors="replace")[-3000:],
                p.stderr.decode(errors="replace")))
        return p

    def ingest(self, lines, *more, status=(0,)):
        """A drive of these lines, taken in: the result, the record and where
        its files are."""
        self.n += 1
        drive = self.file("%d.drive" % self.n, lines)
        p = self.run("ingest", drive, "--json", *more,
                     status=status)
        result = json.loads(p.stdout)["objects"][0]
        record = json.loads(self.run("show", result["id"], "--json").stdout)
        content = os.path.join(self.dir, result["path"], "v1", "content")
        if not os.path.isdir(content):
            content = os.path.join(result["path"], "v1", "content")
        return result, record, content

    def cat(self, result, status=(0,)):
        return self.run("cat", result["id"], status=status).stdout


def read(*names):
    with open(os.path.join(*names), "rb") as f:
        return f.read()


def corpus(name):
    """A file of the corpus, uncompressed; None without it."""
    path = os.path.join(CORPUS, name)
    if os.path.exists(path):
        return read(path)
    if os.path.exists(path + ".zst"):
        return subprocess.run(["zstd", "-dcq", path + ".zst"], check=True,
                              capture_output=True).stdout
    return None


def properties(record):
    return {p["name"]: p["value"] for p in record["properties"]}


def user(raw):
    """The user data of whole sectors of Mode 1."""
    return b"".join(raw[i + 16:i + 2064] for i in range(0, len(raw), RAW))


# ---- discs of data ----

def a_data_disc_is_the_image_that_it_was_made_of(lab):
    for name in ("iso/copying.iso", "iso/joliet.iso", "udf/udf102.iso"):
        data = corpus(name)
        if data is None or len(data) % 2048:
            continue
        lab.file("a.iso", data)
        result, record, content = lab.ingest("disc a.iso\n")
        need(result["outcome"] == "complete", name)
        need(read(content, "image/disc.iso") == data, name)
        need(lab.cat(result) == data, name)
        need(properties(record)["medium: disc"] == "CD-ROM", name)
        lab.run("check")
        out = lab.path("package of " + os.path.basename(name))
        os.mkdir(out)
        lab.run("export", result["id"], "--for", "qemu", "-o", out)
        found = [read(folder, n) for folder, _, names in os.walk(out)
                 for n in names if n.endswith(".iso")]
        need(data in found, "exported " + name)


def discs_of_the_corpus_are_what_others_say(lab):
    """BIN/CUE with the digest that bchunk and iat agree on (the corpus says
    so); cdrdao's own toc file with pre-gap and ISRC."""
    data = corpus("bincue/isofs-m1/isofs-m1.bin")
    sheet = corpus("bincue/isofs-m1/isofs-m1.cue")
    if data:
        lab.file("ISOFS-M1.BIN", data)
        lab.file("isofs-m1.cue", sheet)
        result, record, content = lab.ingest("disc isofs-m1.cue\n")
        need(hashlib.sha256(read(content, "image/disc.iso")).hexdigest() ==
             "03043ff0b8a634bd4bc709cfdfc5ccfa7e0af72403ecf0484fe456cbfa4299bf",
             "the image that others make of it")
        need(properties(record)["medium: catalogue number"] ==
             "0000012101954", "catalogue number")
    sheet = corpus("toc/t7.toc")
    if sheet:
        # Both tracks are what follows the first minute of a file.
        samples = pattern(500 * RAW, 6)
        lab.file("cdda.bin", bytes(4500 * RAW) + samples)
        lab.file("t7.toc", sheet)
        result, record, content = lab.ingest("disc t7.toc\n")
        need(read(content, "image/disc.bin") == samples + samples, "samples")
        made = read(content, "image/disc.cue").decode()
        need("ISRC DEMUA9800001" in made and
             "INDEX 00 00:06:50\n    INDEX 01 00:11:50" in made, made)


def sectors_are_mended_doubted_or_lost_and_each_is_told(lab):
    data = volume(120)
    lab.file("b.iso", data)
    result, record, content = lab.ingest(
        "disc b.iso\nflip 40 100 1\nflip 41 16 20\nflip 50 16 900\n"
        "bad 60-61\ntransient 70 1\n", "--retries", "1", status=(1,))
    found = read(content, "image/disc.iso")
    for i in range(120):
        same = found[i * 2048:i * 2048 + 2048] == data[i * 2048:i * 2048 + 2048]
        need(same == (i not in (50, 60, 61)), "sector %d" % i)
    need(found[60 * 2048:62 * 2048] == bytes(4096), "filled with zeros")
    need(result["unreadable_bytes"] == 4096, "unreadable")
    need(result["doubtful_bytes"] == 2048, "doubtful")
    need(result["outcome"] == "partial", "outcome")
    p = properties(record)
    need(p["mended sectors"].startswith("2 sectors") and
         p["mended sectors"].endswith("LBA 40-41"), str(p))
    need(p["sectors with a failed check"].endswith("LBA 50"), str(p))
    note = lab.run("premis", result["id"]).stdout.decode()
    need("LBA 60-61" in note and "2 sectors mended" in note and
         "medium error" in note, "PREMIS")
    lab.run("check")


def run_out_is_not_loss(lab):
    lab.file("c.iso", volume(100, claims=98))
    result, record, _ = lab.ingest("disc c.iso\nunrecorded 98-99\n")
    need(result["outcome"] == "complete" and not result["unreadable_bytes"],
         str(result))
    need(properties(record)["run-out sectors"].endswith("LBA 98-99"), "told")
    # A volume that reaches into them has lost something.
    lab.file("d.iso", volume(100, claims=99))
    result, record, _ = lab.ingest("disc d.iso\nunrecorded 98-99\n",
                                   status=(1,))
    need(result["unreadable_bytes"] == 2048, str(result))
    need(properties(record)["run-out sectors"].endswith("LBA 99"), "the other")
    # Before audio: a disc that was written track by track.
    lab.file("tao.bin", volume(82, claims=80))
    lab.file("song.bin", pattern(200 * RAW, 7))
    lab.file("tao.cue",
             'FILE "tao.bin" BINARY\n  TRACK 01 MODE1/2048\n'
             '    INDEX 01 00:00:00\n'
             'FILE "song.bin" BINARY\n  TRACK 02 AUDIO\n'
             '    INDEX 00 00:00:00\n    INDEX 01 00:02:00\n')
    result, record, content = lab.ingest("disc tao.cue\nunrecorded 80-81\n")
    need(result["outcome"] == "complete" and result["format"] == "cue",
         str(result))
    need(properties(record)["run-out sectors"].endswith("LBA 80-81"), "told")
    need(read(content, "image/disc.bin")[82 * RAW:] == pattern(200 * RAW, 7),
         "the song, with its pause")


def merge(lab, result, source, *more, status=(0,)):
    """A further reading of an object; what show has then."""
    p = lab.run("ingest", "--merge", result["id"], source, "--json", *more,
                status=status)
    merged = json.loads(p.stdout)["objects"][0]
    record = json.loads(lab.run("show", result["id"], "--json").stdout)
    return merged, record


def run_out_and_mending_survive_a_merge(lab):
    """Sector 31 is mended in both readings, 30 and 60 read well by the other
    one, 50 missing in the second; of the end nobody can read anything."""
    data = volume(100, claims=98)
    lab.file("m.iso", data)
    result, record, _ = lab.ingest(
        "disc m.iso\nunrecorded 98-99\nbad 40-41\nflip 30 100 1\n"
        "flip 31 100 1\nflip 50 100 1\n", status=(1,))
    need(properties(record)["mended sectors"].endswith("LBA 30-31, 50"),
         str(properties(record)))
    second = lab.file("second.drive",
                      "disc m.iso\nunrecorded 98-99\nbad 50-51\n"
                      "flip 31 90 1\nflip 40 100 1\nflip 60 100 1\n")
    text = lab.run("ingest", "--merge", result["id"], second,
                   "--dry-run").stdout.decode()
    need("can be merged" in text and "a device is not read in a dry run" in
         text, text)
    merged, record = merge(lab, result, second)
    need(merged["outcome"] == "complete" and merged["version"] == 2,
         str(merged))
    sums = merged["merge"]
    need(sums["lost_bytes"] == 0 and sums["runout_bytes"] == 4096 and
         sums["filled_bytes"] == 4096, str(sums))
    need(lab.cat(result) == data[:98 * 2048] + bytes(4096), "the image")
    p = properties(record)
    need(p["run-out sectors"].endswith("4096 bytes, which hold no data: "
                                       "LBA 98-99"), str(p))
    need(p["mended sectors"] == "3 sectors, by their own parity, proved by "
         "their EDC: LBA 31, 40, 50", str(p))
    imaging = [x for x in record["events"] if x["type"] == "imaging"]
    need(len(imaging) == 2 and "run-out" in imaging[1]["note"] and
         "LBA 50-51" in imaging[1]["note"], str(imaging))
    change = [x for x in record["events"] if x["type"] == "modification"]
    need("0 still unreadable" in change[0]["note"] and
         "4096 of run-out" in change[0]["note"] and
         change[0]["outcome"] != "warning", str(change))
    text = lab.run("show", result["id"], "--map", "--json").stdout
    need(json.loads(text)["states"]["runout_bytes"] == 4096, text.decode())
    # Once more: nothing new, and no loss either.
    merged, record = merge(lab, result, second)
    need(not merged["merge"]["versioned"] and
         merged["merge"]["runout_bytes"] == 4096, str(merged))
    text = lab.run("ingest", "--merge", result["id"], second).stdout.decode()
    need("0 still unreadable, 0 doubtful; 4096 of run-out" in text, text)
    # An image of which nobody knows what its end is makes it no loss again.
    torn = lab.file("m-torn.iso", data[:98 * 2048] + bytes(4096))
    merged, record = merge(
        lab, result, torn, "--map",
        lab.file("m-torn.map", "# Mapfile\n0x0 + 1\n0x0 0x31000 +\n"
                 "0x31000 0x1000 -\n"))
    need(merged["merge"]["runout_bytes"] == 4096 and
         merged["merge"]["lost_bytes"] == 0, str(merged))
    # Sectors that somebody could read are no run-out, and nothing is mended
    # that another one has as it is.
    merged, record = merge(lab, result, lab.path("m.iso"))
    need(merged["version"] == 3 and lab.cat(result) == data, str(merged))
    need("run-out sectors" not in properties(record) and
         "mended sectors" not in properties(record), str(record))
    lab.run("check")


def a_drive_may_tell_that_a_loss_was_none(lab):
    """Of an image that another program made nobody knows what its end is."""
    data = volume(100, claims=98)
    lab.file("t.iso", data)
    image = lab.file("torn.iso", data[:98 * 2048] + bytes(4096))
    lab.file("torn.map", "# Mapfile\n0x0 + 1\n0x0 0x31000 +\n"
             "0x31000 0x1000 -\n")
    result = json.loads(lab.run(
        "ingest", image, "--map", lab.path("torn.map"), "--json",
        status=(1,)).stdout)["objects"][0]
    need(result["unreadable_bytes"] == 4096, str(result))
    lines = "disc t.iso\nunrecorded 98-99\nflip 7 100 1\n"
    merged, record = merge(lab, result, lab.file("told.drive", lines))
    need(merged["version"] == 2 and merged["outcome"] == "complete",
         str(merged))
    need(properties(record)["run-out sectors"].endswith("LBA 98-99"), "told")
    need("mended sectors" not in properties(record), "7 came as it is")
    files = {f["path"] for f in record["files"]}
    need("metadata/reads/2/reading.json" in files, str(files))
    lab.run("check")


def old_drives_and_dvds_give_2048_bytes(lab):
    data = volume(150)
    lab.file("e.iso", data)
    for lines, disc in (("disc e.iso\nquirks 4\n", "CD-ROM"),
                        ("disc e.iso\nprofile 10\n", "DVD-ROM"),
                        ("disc e.iso\nprofile 41\n", "BD-R")):
        result, record, content = lab.ingest(lines)
        need(lab.cat(result) == data, lines)
        need(properties(record)["medium: disc"] == disc, lines)
    result, record, content = lab.ingest(
        "disc e.iso\nprofile 10\ncopyright 1\nscrambled 100-109\n",
        status=(1,))
    need(properties(record)["medium: copy protection"] == "CSS", "CSS")
    need(result["unreadable_bytes"] == 10 * 2048, "scrambled sectors")
    need(read(content, "image/disc.iso")[:100 * 2048] == data[:100 * 2048],
         "the others")


# ---- discs of several tracks ----

def put_mixed(lab):
    """Data, then two tracks of audio; the parts that it is made of."""
    data = volume(80)
    first = pattern(200 * RAW, 1)
    second = pattern(90 * RAW, 2)
    lab.file("data.bin", data)
    lab.file("one.bin", first)
    lab.file("two.bin", second)
    lab.file("mixed.cue",
             'CATALOG 4006381333931\n'
             'FILE "data.bin" BINARY\n  TRACK 01 MODE1/2048\n'
             '    INDEX 01 00:00:00\n'
             'FILE "one.bin" BINARY\n  TRACK 02 AUDIO\n    FLAGS DCP\n'
             '    ISRC DEMUA9800001\n    INDEX 00 00:00:00\n'
             '    INDEX 01 00:02:00\n'
             'FILE "two.bin" BINARY\n  TRACK 03 AUDIO\n'
             '    INDEX 00 00:00:00\n    INDEX 01 00:00:20\n')
    return data, first, second


def a_mixed_disc_is_its_tracks(lab):
    data, first, second = put_mixed(lab)
    result, record, content = lab.ingest("disc mixed.cue\njitter 300 5\n")
    raw = read(content, "image/disc.bin")
    need(len(raw) == 370 * RAW, "size")
    need(user(raw[:80 * RAW]) == data, "data")
    need(raw[80 * RAW:] == first + second, "audio")
    need(result["format"] == "cue" and result["outcome"] == "complete", "cue")
    sheet = read(content, "image/disc.cue").decode()
    for line in ("CATALOG 4006381333931", "TRACK 01 MODE1/2352",
                 "ISRC DEMUA9800001", "FLAGS DCP", "INDEX 00 00:01:05",
                 "INDEX 01 00:03:05", "INDEX 00 00:03:55",
                 "INDEX 01 00:04:00"):
        need(line in sheet, line)
    need(lab.cat(result) == raw, "cat")
    roles = {f["path"]: f["role"] for f in record["files"]}
    need(roles["image/disc.cue"] == "master" and
         roles["image/disc.bin"] == "part", str(roles))
    need(properties(record)["medium: catalogue number"] == "4006381333931",
         "catalogue number")
    capture = json.loads(read(content, "metadata/capture.json"))
    need(capture["optical"]["tracks"][1]["isrc"] == "DEMUA9800001", "capture")
    need(len(capture["optical"]["full_toc"]) > 60, "the reply as it came")
    others_read_it(content)
    live_with(lab, result, content)


def others_read_it(content):
    """cd-info, cdrdao and bchunk agree about what the sheet says."""
    folder = os.path.join(content, "image")
    if shutil.which("cd-info"):
        out = subprocess.run(["cd-info", "--no-header", "--no-device-info",
                              "-c", "disc.cue"], cwd=folder, check=False,
                             capture_output=True).stdout.decode()
        rows = re.findall(r"^ *(\d+): +[\d:]+ +(\d+) (\w+)", out, re.M)
        need(rows[:3] == [("1", "000000", "data"), ("2", "000230", "audio"),
                          ("3", "000300", "audio")], out)
    if shutil.which("cdrdao"):
        p = subprocess.run(["cdrdao", "show-toc", "disc.cue"], cwd=folder,
                           check=False, capture_output=True)
        out = (p.stdout + p.stderr).decode()
        need(p.returncode == 0 and "MODE1_RAW" in out and
             "DE MUA 98 00001" in out, out)
    if shutil.which("bchunk"):
        with tempfile.TemporaryDirectory() as to:
            subprocess.run(["bchunk", "disc.bin", "disc.cue",
                            os.path.join(to, "t")], cwd=folder, check=True,
                           capture_output=True)
            need(user(read(folder, "disc.bin")[:80 * RAW])
                 == read(to, "t01.iso")[:80 * 2048], "bchunk")


def live_with(lab, result, content):
    """What is done with objects later."""
    out = lab.path("converted")
    os.mkdir(out)
    lab.run("convert", os.path.join(content, "image", "disc.cue"),
            os.path.join(out, "x.toc"), "--to", "toc", status=(0, 1))
    sizes = sum(os.path.getsize(os.path.join(out, n))
                for n in os.listdir(out) if not n.endswith(".toc"))
    need(sizes == 370 * RAW, "converted: %d" % sizes)
    p = lab.run("export", result["id"], "--for", "qemu", "-o", out,
                status=(2,))
    need(b"track" in p.stderr, "what an emulator takes: %s" % p.stderr)
    lab.run("check")
    need(len(lab.cat(result)) == 370 * RAW, "cat again")
    before = lab.run("show", result["id"], "--json").stdout
    os.remove(os.path.join(lab.repo, "catalog.db"))
    lab.run("rebuild", "--yes", status=(0,))
    need(json.loads(lab.run("show", result["id"], "--json").stdout)["files"]
         == json.loads(before)["files"], "rebuilt")


def damage_of_audio_is_told(lab):
    put_mixed(lab)
    result, record, content = lab.ingest(
        "disc mixed.cue\nbad 100-101\nnoise 120\nflip 10 100 1\n",
        status=(1,))
    need(result["unreadable_bytes"] == 2 * RAW, str(result))
    raw = read(content, "image/disc.bin")
    need(raw[100 * RAW:102 * RAW] == bytes(2 * RAW), "zeros")
    p = properties(record)
    need(p["mended sectors"].startswith("1 "), str(p))
    # cat gives what there is, and says so.
    need(lab.cat(result, status=(0, 1)) == raw, "cat")
    lab.run("check")


def sessions_keep_their_places(lab):
    audio = pattern(120 * RAW, 3)
    lab.file("audio.bin", audio)
    lab.file("extra.bin", form1(4, 40))
    lab.file("extra.cue",
             'FILE "audio.bin" BINARY\n'
             '  TRACK 01 AUDIO\n    INDEX 01 00:00:00\n'
             '  TRACK 02 AUDIO\n    INDEX 01 00:01:00\n'
             'REM SESSION 02\n'
             'FILE "extra.bin" BINARY\n'
             '  TRACK 03 MODE2/2336\n    INDEX 01 00:00:00\n')
    for quirks in ("0", "1"):  # with the full table of contents, and without
        result, record, content = lab.ingest(
            "disc extra.cue\nquirks %s\n" % quirks)
        raw = read(content, "image/disc.bin")
        need(raw[:120 * RAW] == audio, "session 1")
        need(len(raw) == 160 * RAW, "no gap in the image")
        need(b"".join(raw[i + 16:i + RAW]
                      for i in range(120 * RAW, len(raw), RAW))
             == form1(4, 40), "session 2")
        tracks = [p["value"] for p in record["properties"]
                  if re.match(r"track \d+$", p["name"])]
        need("session 2, mode 2, LBA 11520, 40 sectors" in tracks[2],
             str(tracks))
        need(result["outcome"] == "complete", "nothing is lost")
    three = read(lab.path("extra.cue")).decode() + (
        'REM SESSION 03\nFILE "audio.bin" BINARY\n'
        '  TRACK 04 AUDIO\n    INDEX 01 00:00:00\n')
    lab.file("three.cue", three)
    result, record, content = lab.ingest("disc three.cue\n")
    need(read(content, "image/disc.bin")[160 * RAW:] == audio, "session 3")
    need("session 3, audio, LBA 18460" in properties(record)["track 4"],
         properties(record)["track 4"])
    p = lab.run("ingest", lab.file("3.drive", "disc three.cue\nquirks 1\n"),
                status=(2,))
    need(b"3 sessions" in p.stderr, "where they are has to be known")
    result, record, _ = lab.ingest("disc extra.cue\nbad 11530-11531\n",
                                   status=(1,))
    need(result["unreadable_bytes"] == 2 * RAW, "loss in session 2")
    need("LBA 11530-11531" in lab.run("premis", result["id"]).stdout.decode(),
         "its place on the disc")


def hidden_audio_and_cdtext_are_kept(lab):
    audio = pattern(300 * RAW, 5)
    lab.file("cd.bin", audio)
    packs = corpus("cdtext/cdtext-libburnia.cdt")
    if packs:
        lab.file("cd.cdt", packs)
    lab.file("cd.cue", ('CDTEXTFILE "cd.cdt"\n' if packs else "") +
             'FILE "cd.bin" BINARY\n'
             '  TRACK 01 AUDIO\n    INDEX 00 00:00:00\n'
             '    INDEX 01 00:00:50\n'
             '  TRACK 02 AUDIO\n    INDEX 01 00:02:00\n')
    result, record, content = lab.ingest("disc cd.cue\n")
    need(read(content, "image/disc.bin") == audio, "with what is hidden")
    sheet = read(content, "image/disc.cue").decode()
    need("INDEX 00 00:00:00\n    INDEX 01 00:00:50" in sheet, sheet)
    if packs:
        kept = read(content, "image/disc.cdt")
        need(kept in (packs, packs[4:], packs[:-1], packs[4:-1]), "packs")
        need("TITLE" in sheet, sheet)
        need(any(p["name"].startswith("CD-TEXT") for p in record["properties"]),
             "told")


def what_cannot_be_read_at_all_is_refused(lab):
    drive = lab.file("open.drive", "disc mixed.cue\nopen\n")
    p = lab.run("ingest", drive, status=(2,))
    need(b"the tray is open" in p.stderr, p.stderr.decode())
    drive = lab.file("old.drive", "disc mixed.cue\nquirks 4\n")
    p = lab.run("ingest", drive, status=(2,))
    need(b"take another drive" in p.stderr, p.stderr.decode())


def a_drive_that_goes_away_is_resumed(lab):
    """The bus drops after so many commands: before anything was read it is an
    error, then the object says what is missing; nothing is ever another
    image."""
    put_mixed(lab)
    whole = read(lab.ingest("disc mixed.cue\n")[2], "image/disc.bin")
    codes = set()
    for n in range(8, 64, 9):
        drive = lab.file("gone.drive", "disc mixed.cue\ngone-after %d\n" % n)
        p = lab.run("ingest", drive, "--max-time", "1s", "--json",
                    status=(0, 1, 2))
        codes.add(p.returncode)
        lab.file("gone.drive", "disc mixed.cue\n")
        lab.run("resume")
        for found in json.loads(p.stdout)["objects"]:
            image = lab.cat(found, status=(0, 1))
            record = json.loads(lab.run("show", found["id"], "--json").stdout)
            lost = bytearray(whole)
            for x in record["unreadable"]:
                lost[x["offset"]:x["offset"] + x["length"]] = bytes(x["length"])
            need(image == bytes(lost), "%d commands: another image" % n)
            need((p.returncode == 0) == (image == whole), "exit status")
    need(codes == {0, 1, 2}, "not every way of going away: %s" % codes)


def killed_at_any_time_it_is_the_same(lab):
    """kill -9 in the middle, resumed until it is done: image, map, places of
    mended sectors as of a run that nobody disturbed."""
    put_mixed(lab)
    lines = "disc mixed.cue\nbad 200-201\nflip 30 100 1\nflip 60 500 2\n"
    _, record, whole = lab.ingest(lines, status=(1,))
    want = properties(record)
    drive = lab.file("slow.drive", lines + "delay 25\n")
    killed = 0
    for wait in (0.9, 1.3):
        before = {o["id"] for o in json.loads(
            lab.run("list", "--json").stdout)["objects"]}
        p = subprocess.Popen([SOFT, "-C", lab.repo, "ingest", drive],
                             stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL)
        time.sleep(wait)
        p.kill()
        killed += p.wait() == -9
        lab.run("resume", status=(0, 1))
        after = json.loads(lab.run("list", "--json").stdout)["objects"]
        new = [o["id"] for o in after if o["id"] not in before]
        if not new:  # killed before there was a session
            continue
        record = json.loads(lab.run("show", new[0], "--json").stdout)
        need(lab.run("cat", new[0], status=(0, 1)).stdout
             == read(whole, "image/disc.bin"), "image")
        for name in ("mended sectors", "medium: SHA-256 of the table of "
                     "contents"):
            need(properties(record)[name] == want[name], name)
        need(record["unreadable_bytes"] == 2 * RAW, "unreadable")
    need(killed, "nothing was killed")


def main():
    tests = [
        a_data_disc_is_the_image_that_it_was_made_of,
        discs_of_the_corpus_are_what_others_say,
        sectors_are_mended_doubted_or_lost_and_each_is_told,
        run_out_is_not_loss,
        run_out_and_mending_survive_a_merge,
        a_drive_may_tell_that_a_loss_was_none,
        old_drives_and_dvds_give_2048_bytes,
        a_mixed_disc_is_its_tracks,
        damage_of_audio_is_told,
        sessions_keep_their_places,
        hidden_audio_and_cdtext_are_kept,
        what_cannot_be_read_at_all_is_refused,
        a_drive_that_goes_away_is_resumed,
        killed_at_any_time_it_is_the_same,
    ]
    only = sys.argv[1:]
    failed = 0
    with Lab() as lab:
        for test in tests:
            if only and test.__name__ not in only:
                continue
            try:
                test(lab)
                print("ok", test.__name__)
            except AssertionError as why:
                failed += 1
                print("FAILED", test.__name__, why)
    if not os.path.isdir(CORPUS):
        print("skipped in part: no corpus at", CORPUS)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
