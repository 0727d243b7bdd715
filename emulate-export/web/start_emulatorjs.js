// SPDX-License-Identifier: Apache-2.0
// Starts EmulatorJS with the medium that config.json names.
"use strict";

function say(text) {
	document.getElementById("message").textContent = text;
}

async function start() {
	const config = await (await fetch("config.json")).json();
	const core = document.getElementById("game").dataset.core;
	const medium = [...config.floppy, ...config.cdrom, ...config.disk]
		.find(one => one.slot !== "");
	const loader = document.createElement("script");

	window.EJS_player = "#game";
	window.EJS_core = core;
	window.EJS_gameUrl = medium.url;
	window.EJS_pathtodata = "emulator/data/";
	window.EJS_startOnLoaded = true;
	window.EJS_disableDatabases = true;
	window.EJS_threads = core === "dos";
	if (core === "dos" && !window.crossOriginIsolated)
		say("The core for DOS needs several threads: the server has " +
			"to send COOP and COEP, as config/serve.py does.");
	loader.src = "emulator/data/loader.js";
	loader.addEventListener("error", () => say("EmulatorJS is not there: " +
		"npm install @emulatorjs/emulatorjs and its core, then " +
		"EMULATORJS=node_modules/@emulatorjs/emulatorjs ./run"));
	document.body.appendChild(loader);
}

start().catch(e => say(String(e)));
