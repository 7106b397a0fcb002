/*
 * live.js - asks the server for its counters once a second and shows them.
 */
(function () {
	"use strict";

	var ASK_MS = 1000;
	var SAMPLES = 60;
	var LOG_LINES = 30;

	var remark = document.getElementById("remark");
	var rows = document.getElementById("workers");
	var log = document.getElementById("log");
	var seats = new Map(); /* process id: what was seen of it */
	var known = null;      /* the main process and the stage seen last */
	var failures = 0;

	function element(tag, content, name) {
		var made = document.createElement(tag);

		made.textContent = content;
		if (name)
			made.className = name;
		return made;
	}

	function number(value) {
		return value.toLocaleString("en");
	}

	function rate_text(value) {
		return value === null ? "" : value < 10 ? value.toFixed(1).replace(".0", "")
			: number(Math.round(value));
	}

	function age(ms) {
		var s = Math.floor(ms / 1000);

		if (s < 60)
			return s + " s";
		if (s < 3600)
			return Math.floor(s / 60) + " min " + s % 60 + " s";
		return Math.floor(s / 3600) + " h " + Math.floor(s / 60) % 60 + " min";
	}

	function tell(text) {
		var line = element("li", "");
		var time = element("time", new Date().toLocaleTimeString("en-GB"));

		line.append(time, " " + text);
		log.prepend(line);
		while (log.children.length > LOG_LINES)
			log.lastChild.remove();
	}

	/* --- what changed since the last time ---------------------------------- */

	/* Requests per second of one process; null while it is too new to say. */
	function measure(seat, worker, now) {
		var rate = null;

		if (seat.asked !== null && now > seat.asked && worker.requests >= seat.requests)
			rate = (worker.requests - seat.requests) * 1000 / (now - seat.asked);
		seat.requests = worker.requests;
		seat.asked = now;
		seat.rates.push(rate);
		if (seat.rates.length > SAMPLES)
			seat.rates.shift();
		return rate;
	}

	function tell_status(worker, is_new) {
		if (worker.pid)
			tell("Process " + worker.pid + " is " + (is_new ? "new, and " : "") +
				(worker.status || "running") + ".");
	}

	/* A row is no worker's for ever: when all are replaced, the new ones stand
	 * beside the old, and move up as those end. A process id is. */
	function seat_of(worker, index) {
		var key = worker.pid || "nobody " + index;
		var is_new = !seats.has(key);

		if (is_new)
			seats.set(key, { requests: 0, asked: null, rates: [], status: "" });
		if (known.settled && seats.get(key).status !== worker.status)
			tell_status(worker, is_new);
		seats.get(key).status = worker.status;
		return seats.get(key);
	}

	function forget_ended(workers) {
		var alive = new Set(workers.map(function (worker, i) {
			return worker.pid || "nobody " + i;
		}));

		Array.from(seats.keys()).forEach(function (key) {
			if (alive.has(key))
				return;
			seats.delete(key);
			if (typeof key === "number")
				tell("Process " + key + " has ended.");
		});
	}

	/* --- what is shown ------------------------------------------------------ */

	function sparkline(rates, top) {
		var ns = "http://www.w3.org/2000/svg";
		var svg = document.createElementNS(ns, "svg");
		var pen = false;
		var path = "";

		rates.forEach(function (rate, i) {
			var x = 120 - (rates.length - 1 - i) * 120 / (SAMPLES - 1);

			if (rate !== null)
				path += (pen ? "L" : "M") + x.toFixed(1) + " " +
					(27 - 25 * rate / top).toFixed(1);
			pen = rate !== null;
		});
		svg.setAttribute("viewBox", "0 0 120 28");
		svg.setAttribute("class", "spark");
		svg.setAttribute("role", "img");
		svg.setAttribute("aria-label", "at most " + rate_text(Math.max.apply(null, rates)) +
			" requests per second in the last minute");
		[["base", "M0 27.5H120"], ["line", path]].forEach(function (what) {
			var line = document.createElementNS(ns, "path");

			line.setAttribute("class", what[0]);
			line.setAttribute("d", what[1]);
			svg.append(line);
		});
		return svg;
	}

	function show_row(seat, worker, rate, top, stats) {
		var row = element("tr", "");
		var status = element("span", worker.status || "running", "status " + worker.status);
		var cell = element("td", "");
		var chart = element("td", "");

		row.append(element("td", (worker.pid || "none") +
			(worker.pid === stats.answered_by ? " *" : "")));
		cell.append(status);
		row.append(cell);
		row.append(element("td", worker.restarts === undefined ? "" : worker.restarts, "num"));
		row.append(element("td", number(worker.connections), "num"));
		row.append(element("td", rate_text(rate), "num"));
		chart.append(sparkline(seat.rates, top));
		row.append(chart);
		row.append(element("td", worker.uptime_ms === undefined ? "" : age(worker.uptime_ms), "num"));
		row.append(element("td", number(worker.requests), "num"));
		row.append(element("td", number(worker.wakeups), "num"));
		rows.append(row);
	}

	function show_sums(stats, workers, rates) {
		var list = document.getElementById("sums");

		function sum(name) {
			return workers.reduce(function (total, worker) {
				return total + worker[name];
			}, 0);
		}

		list.textContent = "";
		[
			["stage", stats.stage],
			["main process", stats.pid],
			["processes at work", workers.filter(function (worker) {
				return worker.pid;
			}).length],
			["connections", number(sum("connections"))],
			["requests/s", rate_text(rates.reduce(function (total, rate) {
				return rate === null ? total : total + rate;
			}, 0))],
		].forEach(function (what) {
			var pair = element("div", "");

			pair.append(element("dt", what[0]), element("dd", what[1]));
			list.append(pair);
		});
	}

	function say_where(stats) {
		if (stats.workers)
			remark.textContent = "Stage " + stats.stage + ": a main process and a pool of workers. " +
				"Kill one and watch it come back.";
		else
			remark.textContent = "This is stage " + stats.stage + ", which has no workers: one " +
				"process does everything. make run STAGE=4 serves these pages with a pool.";
		document.getElementById("caption").textContent = stats.workers ?
			"The workers. The one with a star has answered this page's last question." :
			"The one process.";
		document.getElementById("pool").hidden = !stats.workers;
		document.getElementById("live").hidden = false;
	}

	function show(stats) {
		var workers = stats.workers || [stats];
		var now = performance.now();
		var first = !known || known.pid !== stats.pid || known.stage !== stats.stage;
		var here, rates, top, last;

		if (first) {
			if (known)
				tell("This is another server: main process " + stats.pid + ".");
			else
				tell("Began to watch: main process " + stats.pid + ".");
			known = { pid: stats.pid, stage: stats.stage, settled: false };
			seats.clear();
		} else if (failures > 0) {
			tell("The server answers again.");
		}
		say_where(stats);
		forget_ended(workers);
		here = workers.map(seat_of);
		rates = workers.map(function (worker, i) {
			return measure(here[i], worker, now);
		});
		known.settled = true;
		top = here.reduce(function (most, seat) {
			return Math.max(most, Math.max.apply(null, seat.rates));
		}, 5);
		rows.textContent = "";
		workers.forEach(function (worker, i) {
			show_row(here[i], worker, rates[i], top, stats);
		});
		show_sums(stats, workers, rates);
		document.getElementById("main").textContent = stats.pid;
		last = workers[workers.length - 1];
		document.getElementById("victim").textContent = last.pid || "PID";
		failures = 0;
	}

	/* --- asking ------------------------------------------------------------- */

	function ask() {
		fetch("/.stats", { cache: "no-store" }).then(function (answer) {
			if (answer.status === 404) {
				remark.textContent = "This server was started without -x, so it does not tell " +
					"what it is doing. make run starts it with -x.";
				document.getElementById("live").hidden = true;
				return null;
			}
			if (!answer.ok)
				throw new Error(answer.status);
			return answer.json();
		}).then(function (stats) {
			if (stats)
				show(stats);
		}).catch(function () {
			failures++;
			if (failures === 1 && known)
				tell("No answer. Was it the worker that this page was connected to?");
			if (failures >= 3)
				remark.textContent = "The server has stopped, or does not answer any more.";
		}).then(function () {
			setTimeout(ask, ASK_MS);
		});
	}

	if (location.protocol.startsWith("http"))
		ask();
	else
		remark.textContent = "This page shows the server that serves it: make run.";
}());
