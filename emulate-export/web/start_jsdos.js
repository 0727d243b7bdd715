// SPDX-License-Identifier: Apache-2.0
// Starts js-dos with dosbox.conf and the images it mounts.  What is written
// stays in the browser; the images do not change.
"use strict";

function say(text) {
	document.getElementById("message").textContent = text;
}

async function bytesOf(url) {
	const answer = await fetch(url);

	if (!answer.ok)
		throw new Error(`${url}: ${answer.status}`);
	return new Uint8Array(await answer.arrayBuffer());
}

// A cue sheet names its files.
async function withFiles(medium) {
	const name = medium.url.split("/").pop();
	const files = [{ path: `media/${name}`,
		contents: await bytesOf(medium.url) }];

	if (name.endsWith(".cue")) {
		const text = new TextDecoder().decode(files[0].contents);

		for (const [, quoted, plain] of
			text.matchAll(/^\s*FILE\s+(?:"([^"]+)"|(\S+))/gm)) {
			const part = quoted || plain;

			files.push({ path: `media/${part}`,
				contents: await bytesOf(
					`../media/${encodeURIComponent(part)}`) });
		}
	}
	return files;
}

async function start() {
	const config = await (await fetch("config.json")).json();
	const conf = await (await fetch("dosbox.conf")).text();
	const initFs = [];

	if (typeof Dos === "undefined") {
		say("js-dos is not there: npm install js-dos, then " +
			"JSDOS=node_modules/js-dos ./run");
		return;
	}
	for (const medium of [...config.floppy, ...config.cdrom,
		...config.disk])
		initFs.push(...await withFiles(medium));
	window.player = Dos(document.getElementById("dos"), {
		pathPrefix: "emulator/dist/emulators/",
		dosboxConf: conf,
		initFs,
		autoStart: true,
	});
}

start().catch(e => say(String(e)));
