// SPDX-License-Identifier: Apache-2.0
// Starts v86 with what config.json names.  All that the machine writes stays in
// this page and is gone with it.
"use strict";

const BOOT = { floppy: 0x321, cdrom: 0x213, disk: 0x132 };
const WHOLE = 32 * 1024 * 1024; // larger images are read piece by piece

function say(text) {
	document.getElementById("message").textContent = text;
}

function image(medium, whole) {
	if (whole || medium.bytes <= WHOLE)
		return { url: medium.url };
	return { url: medium.url, async: true, size: medium.bytes };
}

async function bytesOf(url) {
	const answer = await fetch(url);

	if (!answer.ok)
		throw new Error(`${url}: ${answer.status}`);
	return answer.arrayBuffer();
}

// A button for each medium that can be put in while the machine runs.
function offer(emulator, media, drive, put) {
	if (media.length < 2)
		return;
	const bar = document.getElementById("media");

	for (const medium of media) {
		const button = document.createElement("button");

		button.type = "button";
		button.textContent = `${drive}: ${medium.url.split("/").pop()}`;
		button.addEventListener("click", async () => {
			try {
				await put({ buffer: await bytesOf(medium.url) });
				say(`${drive} holds ${button.textContent}`);
			} catch (e) {
				say(String(e));
			}
		});
		bar.appendChild(button);
	}
}

async function start() {
	const config = await (await fetch("config.json")).json();
	const slot = name => [...config.floppy, ...config.cdrom, ...config.disk]
		.find(medium => medium.slot === name);
	const options = {
		wasm_path: "emulator/build/v86.wasm",
		memory_size: config.memory,
		vga_memory_size: 8 * 1024 * 1024,
		screen_container: document.getElementById("screen_container"),
		bios: { url: "bios/seabios.bin" },
		vga_bios: { url: "bios/vgabios.bin" },
		boot_order: BOOT[config.boot],
		autostart: true,
	};

	if (typeof V86 === "undefined") {
		say("v86 is not there: npm install v86, then " +
			"V86=node_modules/v86 ./run");
		return;
	}
	for (const [option, name, whole] of [["fda", "a", true],
		["fdb", "b", true], ["cdrom", "cd0", false],
		["hda", "hd0", false], ["hdb", "hd1", false]]) {
		if (slot(name))
			options[option] = image(slot(name), whole);
	}
	const emulator = new V86(options);

	window.emulator = emulator;
	offer(emulator, config.floppy, "A", file => emulator.set_fda(file));
	offer(emulator, config.cdrom, "CD", file => emulator.set_cdrom(file));
	emulator.add_listener("emulator-started", () => say(""));
}

start().catch(e => say(String(e)));
