/*
 * page.js - what makes reading more comfortable; every page can be read without.
 */
(function () {
	"use strict";

	/* Commands name the server that these pages came from. */
	function fill(selector, text) {
		document.querySelectorAll(selector).forEach(function (element) {
			element.textContent = text;
		});
	}

	if (location.protocol.startsWith("http")) {
		fill(".host", location.host);
		fill(".address", location.hostname);
		fill(".port", location.port || "80");
	}

	/* All hints open, on screen and on paper: with the button, or ?hints. */
	var hints = document.querySelectorAll("details.hint");

	function open_hints(open) {
		hints.forEach(function (hint) {
			hint.open = open;
		});
	}

	if (hints.length > 0) {
		var button = document.createElement("button");
		var is_open = new URLSearchParams(location.search).has("hints");

		var show = function () {
			open_hints(is_open);
			button.textContent = is_open ? "Fold all hints" : "Open all hints";
			button.setAttribute("aria-pressed", is_open);
		};
		button.type = "button";
		button.className = "hints";
		button.title = "Printed are the hints that are open.";
		button.addEventListener("click", function () {
			is_open = !is_open;
			show();
		});
		document.querySelector("h1").after(button);
		show();
	}

	/* On the first page: which stage is it, and where does it sleep? */
	var program = document.getElementById("program");
	var about = {
		1: ["stage1_select", "one thread and one select() loop. While it served you, it could have " +
			"been serving 900 others, and it waited for none of them."],
		2: ["stage2_epoll", "one thread and one epoll loop. While it served you, it could have been " +
			"serving 10,000 others, and it waited for none of them."],
		3: ["stage3_prefork", "a pool of worker processes that were there before you came. Each runs " +
			"a loop of its own and accepts for itself; one of them took you."],
		4: ["stage4_fdpass", "a main process that accepted your connection and handed it, open as it " +
			"was, to the least busy of its workers."],
	};

	/* The picture's "server" is one process. */
	var parties = {
		3: "Here the server is one of several workers, which all wait like that.",
		4: "Here the server is two processes: the main process calls accept4() and passes the " +
			"descriptor on with sendmsg(); from recv() on it is a worker. Lesson 4.",
	};

	function introduce(stage) {
		var name = document.createElement("code");

		if (!about[stage])
			return;
		name.textContent = about[stage][0];
		program.textContent = "The program behind it is ";
		program.append(name, ": a web server in C with " + about[stage][1]);
		fill("#parties", parties[stage] || "");
		fill(".sleep", stage === 1 ? "select()" : "epoll_wait()");
	}

	/* Only a server that was started with -x answers. */
	if (program && window.fetch)
		fetch("/.stats", { cache: "no-store" }).then(function (answer) {
			return answer.ok ? answer.json() : {};
		}).then(function (stats) {
			introduce(stats.stage);
		}).catch(function () {});
}());
